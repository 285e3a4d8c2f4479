// @ts-check
import { openFeed } from '../inspector/connection.js';
import { byId } from '../inspector/element.js';

/** What has come since is put on top; what somebody has opened stays open. */
async function update() {
  const answer = await fetch('/');
  const fresh = new DOMParser().parseFromString(await answer.text(), 'text/html');
  const events = byId('events');
  for (const item of [...fresh.querySelectorAll('[data-uuid]')].reverse()) {
    if (!events.querySelector(`[data-uuid="${item.getAttribute('data-uuid')}"]`))
      events.prepend(item);
  }
  byId('count').textContent = fresh.getElementById('count')?.textContent ?? '';
  byId('empty').hidden = events.childElementCount > 0;
}

openFeed('/feed').addEventListener('event', () => void update());
