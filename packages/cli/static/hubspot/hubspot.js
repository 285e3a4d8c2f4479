// @ts-check
import { openFeed } from '../inspector/connection.js';
import { byId } from '../inspector/element.js';

/** Shows the account as it is now. What somebody has opened stays open. */
async function update() {
  const answer = await fetch('/');
  const fresh = new DOMParser().parseFromString(await answer.text(), 'text/html');
  const focused = uuidOf(document.activeElement);
  const open = [...document.querySelectorAll('details[open]')].map(uuidOf);
  for (const id of ['counters', 'contacts']) {
    byId(id).replaceChildren(...(fresh.getElementById(id)?.children ?? []));
  }
  for (const item of byId('contacts').querySelectorAll('[data-uuid]')) {
    const uuid = uuidOf(item);
    item.querySelector('details')?.toggleAttribute('open', open.includes(uuid));
    if (uuid === focused) item.querySelector('summary')?.focus();
  }
  byId('empty').hidden = byId('contacts').childElementCount > 0;
}

/** @param {Element | null} element */
function uuidOf(element) {
  return element?.closest('[data-uuid]')?.getAttribute('data-uuid') ?? undefined;
}

openFeed('/feed').addEventListener('event', () => void update());
