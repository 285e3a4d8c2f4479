import type { Tracker } from './tracker.ts';

const EVENT = 'data-hubrelay-event';

/**
 * Tracks clicks on `<a data-hubrelay-event="cta_clicked" data-hubrelay-plan="pro">`, and submits of such forms. It listens
 * on the document, so elements may come later, and never prevents what the click does: the outbox outlives the page.
 */
export function trackClicks(tracker: Tracker): void {
  /** What has counted in this task: the click on a label is followed by one on its field. */
  let counted: Element | undefined;

  function handle(event: Event): void {
    const path = event.composedPath() as Element[];
    const { type, button } = event as MouseEvent;
    // A submit event stays in its shadow root. The click that leads to it does not.
    for (const node of path)
      if (node instanceof ShadowRoot) node.addEventListener('submit', handle, true);
    // The nearest marked element counts: a form is submitted, anything else is clicked.
    const marked = path.find((node) => node.getAttribute?.(EVENT));
    if (
      !marked ||
      marked === counted ||
      (type === 'submit') !== marked instanceof HTMLFormElement ||
      // The middle button opens links and does nothing else; the others go back or open a menu.
      (button && (button > 1 || !path.some((node) => (node as HTMLAnchorElement).href)))
    )
      return;
    counted = marked;
    setTimeout(() => {
      counted = undefined;
    });
    const properties: Record<string, string> = {};
    // By methods: the fields of a form hide its properties, such as `attributes`, when they have these names.
    for (const name of marked.getAttributeNames()) {
      // Alpine's `:data-hubrelay-…` is code for Alpine.
      const [, property] = name.split(/^data-hubrelay-/);
      if (property && name !== EVENT)
        properties[property.replace(/-/g, '_')] = marked.getAttribute(name) as string;
    }
    tracker.track(marked.getAttribute(EVENT) as string, properties);
  }

  for (const type of ['click', 'auxclick', 'submit']) document.addEventListener(type, handle, true);
}
