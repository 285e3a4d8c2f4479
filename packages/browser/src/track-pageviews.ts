import type { Tracker } from './tracker.ts';

/**
 * Tracks the page, and each page that a single-page app shows after it: a change of path or query, not of the hash.
 * By the Navigation API, or where there is none, by the History API.
 */
export function trackPageviews(tracker: Tracker, eventName: string): void {
  let shown = '';

  function view(): void {
    const url = location.href.split('#')[0] as string;
    if (url !== shown) tracker.track(eventName);
    shown = url;
  }
  // Apps set the title after the URL.
  const viewSoon = () => setTimeout(view);

  view();
  if (globalThis.navigation) navigation.addEventListener('currententrychange', viewSoon);
  else {
    addEventListener('popstate', viewSoon);
    for (const method of ['pushState', 'replaceState'] as const) {
      const original = history[method];
      history[method] = (...args) => {
        original.apply(history, args);
        viewSoon();
      };
    }
  }
}
