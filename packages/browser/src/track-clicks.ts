import type { Tracker } from './tracker.ts';

/**
 * Tracks clicks on `<a data-hubrelay-event="cta_clicked" data-hubrelay-plan="pro">`, and submits of such forms. It listens
 * on the document, so elements may come later, and never prevents what the click does: the outbox outlives the page.
 */
export function trackClicks(tracker: Tracker): void {
  /** What has counted in this task: the click on a label is followed by one on its field. */
  let counted: Node | undefined;

  function handle(event: Event): void {
    const path = event.composedPath() as Element[];
    const { type, button } = event as MouseEvent;
    // The middle button opens links and does nothing else; the others go back or open a menu.
    const isMeant =
      !button || (button < 2 && path.some((node) => (node as HTMLAnchorElement).href));
    let isFound: unknown;
    for (const node of path) {
      // A submit event stays in its shadow root. The click that leads to it does not.
      if (node instanceof ShadowRoot) node.addEventListener('submit', handle, true);
      if (isFound) continue;
      const { event: eventName, ...properties } = attributesOf(node);
      isFound = eventName;
      // The nearest marked element counts: a form is submitted, anything else is clicked.
      if (
        eventName &&
        isMeant &&
        (type === 'submit') === node instanceof HTMLFormElement &&
        counted !== node
      ) {
        counted = node;
        setTimeout(() => {
          counted = undefined;
        });
        tracker.track(eventName, properties);
      }
    }
  }

  for (const type of ['click', 'auxclick', 'submit']) document.addEventListener(type, handle, true);
}

/** By `getAttributeNames`: the fields of a form hide its properties, such as `attributes`, when they have these names. */
function attributesOf(node: Element): Record<string, string> {
  const values: Record<string, string> = {};
  for (const name of node.getAttributeNames?.() || []) {
    // Alpine's `:data-hubrelay-…` is code for Alpine.
    const [, property] = name.split(/^data-hubrelay-/);
    if (property) values[property.replace(/-/g, '_')] = node.getAttribute(name) as string;
  }
  return values;
}
