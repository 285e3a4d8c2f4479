import type { Tracker } from './tracker.ts';

/**
 * Tracks clicks on `<a data-hubrelay-event="cta_clicked" data-hubrelay-plan="pro">`, and submits of such forms. It listens
 * on the document, so elements may come later, and never prevents what the click does: the outbox outlives the page.
 */
export function trackClicks(tracker: Tracker): void {
  function handle(event: Event): void {
    for (const node of event.composedPath() as Element[]) {
      // A submit event stays in its shadow root. The click or the key press that leads to it does not.
      if ((node as unknown as ShadowRoot).host) node.addEventListener('submit', handle, true);
      const { event: eventName, ...properties } = attributesOf(node);
      if (eventName) {
        // The nearest marked element counts: a form is submitted, anything else is clicked, by no secondary button.
        if (
          (event.type === 'submit') === (node.tagName === 'FORM') &&
          (event as MouseEvent).button !== 2
        )
          tracker.track(eventName, properties);
        return;
      }
    }
  }

  for (const type of ['click', 'auxclick', 'submit']) document.addEventListener(type, handle, true);
}

function attributesOf({ attributes }: Element): Record<string, string> {
  const values: Record<string, string> = {};
  // Documents, shadow roots and windows have none.
  for (const { name, value } of attributes || []) {
    const property = name.split('data-hubrelay-')[1];
    if (property) values[property.replace(/-/g, '_')] = value;
  }
  return values;
}
