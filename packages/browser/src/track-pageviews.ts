import { type PageUrlOptions, pageUrl } from './page-properties.ts';
import type { Tracker } from './tracker.ts';
import { whenShown } from './when-shown.ts';

const LOOK_FOR_TITLE_MS = 50;
const LOOKS_FOR_TITLE = 20;

/**
 * Tracks the page, and each page that a single-page app shows after it: a new path or query, or by `replaceState` a new
 * path; not a new fragment, unless `hashRoutes` says so. A view is tracked when the page has set its title, or after a
 * second. By the Navigation API, or where there is none, by the History API.
 */
export function trackPageviews(
  tracker: Tracker,
  eventName: string,
  options: PageUrlOptions = {},
): void {
  let shown = '';
  /** Of the page before. */
  let title = '';
  /** How often to look for another title before the view is tracked; 0: no view waits. */
  let looks = 0;

  function show(isReplaced?: boolean): void {
    const url = pageUrl(options, location.href);
    const ignored = isReplaced ? /\?[^#]*/ : '';
    if (url.replace(ignored, '') !== shown.replace(ignored, '')) {
      looks = LOOKS_FOR_TITLE;
      look();
    }
    shown = url;
  }

  function look(): void {
    if (document.title === title && looks > 1) setTimeout(look, LOOK_FOR_TITLE_MS, looks--);
    else track();
  }

  /** Tracks the view that waits. */
  function track(): void {
    if (looks) tracker.track(eventName);
    looks = 0;
    title = document.title;
  }

  /** The URL is about to change: `push…`, `replace…`, `traverse`. */
  function go(type: string): void {
    const isReplaced = type[0] === 'r';
    if (!isReplaced) track();
    setTimeout(show, 0, isReplaced);
  }

  whenShown(() => {
    show();
    addEventListener('visibilitychange', track);
    addEventListener('pageshow', ({ persisted }) => {
      if (!persisted) return;
      shown = title = '';
      show();
    });
    // An element that is called "navigation" is none.
    if (globalThis.navigation?.currentEntry)
      navigation.addEventListener('navigate', ({ navigationType }) => go(navigationType));
    else {
      addEventListener('popstate', ({ type }) => go(type));
      for (const method of ['pushState', 'replaceState'] as const) {
        const original = history[method];
        history[method] = (...args) => {
          go(method);
          original.apply(history, args);
        };
      }
    }
  });
}
