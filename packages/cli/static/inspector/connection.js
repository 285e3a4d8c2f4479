// @ts-check
import { byId } from './element.js';

/**
 * A feed of this page's server, and whether it is connected, said on the page.
 * @param {string} path
 */
export function openFeed(path) {
  const feed = new EventSource(path);
  feed.addEventListener('open', () => showConnection('open'));
  feed.addEventListener('error', () => showConnection('closed'));
  return feed;
}

/** @param {'open' | 'closed'} state */
function showConnection(state) {
  const connection = byId('connection');
  connection.dataset.state = state;
  connection.textContent = state === 'open' ? 'Live' : 'Not connected';
}
