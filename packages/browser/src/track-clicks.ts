import type { Tracker } from './tracker.ts';

/**
 * Tracks clicks on `<a data-hubrelay-event="cta_clicked" data-hubrelay-plan="pro">`, and submits of such forms. It listens
 * on the document, so elements may come later, and never prevents what the click does: the outbox outlives the page.
 */
export function trackClicks(tracker: Tracker): void {
  function handle(event: Event): void {
    let isFound: unknown;
    for (const node of event.composedPath()) {
      // A submit event stays in its shadow root. The click that leads to it does not.
      if (node instanceof ShadowRoot) node.addEventListener('submit', handle, true);
      if (isFound) continue;
      const { event: eventName, ...properties } = attributesOf(node as Element);
      isFound = eventName;
      // The nearest marked element counts: a form is submitted, anything else is clicked, by no secondary button.
      if (
        eventName &&
        (event.type === 'submit') === node instanceof HTMLFormElement &&
        (event as MouseEvent).button !== 2
      )
        tracker.track(eventName, properties);
    }
  }

  for (const type of ['click', 'auxclick', 'submit']) document.addEventListener(type, handle, true);
}

/** By `getAttributeNames`: the fields of a form hide its properties, such as `attributes`, when they have these names. */
function attributesOf(node: Element): Record<string, string> {
  const values: Record<string, string> = {};
  for (const name of node.getAttributeNames?.() || []) {
    const property = name.split('data-hubrelay-')[1];
    if (property) values[property.replace(/-/g, '_')] = node.getAttribute(name) as string;
  }
  return values;
}
