// @ts-check
/** @import { Snapshot } from '../../src/demo/inspector/pages.ts' */
/** @import { Row } from '../../src/demo/inspector/row.ts' */
/** @import { ActiveFault } from '../../src/demo/inspector/faults.ts' */
/** @import { LogLine } from '../../src/demo/inspector/log-lines.ts' */
/** @import { Counters } from '../../src/demo/inspector/board.ts' */
import { openFeed } from './connection.js';
import { byId, element } from './element.js';
import { createEventView } from './event-view.js';
import { time } from './format.js';

const MAX_EVENTS = 200;
const MAX_LOG_LINES = 200;

/** @type {Map<string, ReturnType<typeof createEventView>>} */
const views = new Map();
/** @type {Map<string, Row['state']>} */
const states = new Map();
/** @type {Map<string, HTMLButtonElement>} */
const switches = new Map();
/** @type {readonly ActiveFault[]} */
let activeFaults = [];
/** @type {import('@hubrelay/relay').ShutLane | undefined} */
let shutLane;

/** @param {Snapshot} snapshot */
function showSnapshot({ rows, counters, switches: all, faults, lane, log, addresses }) {
  views.clear();
  states.clear();
  byId('events').replaceChildren();
  for (const row of rows.toReversed()) showRow(row, false);
  showCounters(counters);
  showSwitches(all);
  showFaults(faults);
  showLane(lane);
  byId('log').replaceChildren(...log.map(logLine).reverse());
  for (const id of ['shop', 'open-shop']) byId(id).setAttribute('href', addresses.shop);
  byId('hubspot').setAttribute('href', addresses.hubspot);
  byId('at-page').textContent = host(addresses.shop);
  byId('at-relay').textContent = host(addresses.relay);
  byId('at-hubspot').textContent = host(addresses.hubspot);
  showEmptiness();
}

/** @param {string} url */
const host = (url) => new URL(url).host;

/**
 * @param {Row} row
 * @param {boolean} [isNews] whether to say it aloud
 */
function showRow(row, isNews = true) {
  let view = views.get(row.uuid);
  if (!view) {
    view = createEventView();
    views.set(row.uuid, view);
    byId('events').prepend(view.root);
    for (const [uuid, old] of views) {
      if (views.size <= MAX_EVENTS) break;
      old.root.remove();
      views.delete(uuid);
      states.delete(uuid);
    }
  }
  view.update(row);
  view.tick(Date.now());
  if (isNews && states.get(row.uuid) !== row.state && row.state !== 'moving') {
    byId('news').textContent = `${row.eventName}: ${row.summary}`;
  }
  states.set(row.uuid, row.state);
  showEmptiness();
}

function showEmptiness() {
  byId('empty').hidden = views.size > 0;
}

/** @param {Counters} counters */
function showCounters(counters) {
  for (const [name, value] of Object.entries(counters)) {
    const counter = byId('counters').querySelector(`[data-counter=${name}]`);
    const figure = counter?.querySelector('dd');
    if (figure) figure.textContent = String(value);
    counter?.toggleAttribute('data-zero', value === 0);
  }
}

/** @param {Snapshot['switches']} all */
function showSwitches(all) {
  if (switches.size > 0) return;
  for (const { id, label, hint } of all) {
    const button = /** @type {HTMLButtonElement} */ (
      element(
        'button',
        { type: 'button', 'aria-pressed': 'false', 'aria-describedby': `hint-${id}` },
        label,
      )
    );
    button.addEventListener('click', () => post(`do/faults/${id}`));
    switches.set(id, button);
    byId('faults').append(element('li', {}, button, element('small', { id: `hint-${id}` }, hint)));
  }
}

/** @param {readonly ActiveFault[]} faults */
function showFaults(faults) {
  activeFaults = faults;
  for (const [id, button] of switches) {
    const fault = faults.find((active) => active.id === id);
    button.setAttribute('aria-pressed', String(fault !== undefined));
    if (!fault) delete button.dataset.left;
  }
  tick();
}

/**
 * The relay stops sending while it would be in vain; nothing is lost by it.
 * @param {Snapshot['lane']} lane
 */
function showLane(lane) {
  shutLane = lane.state === 'open' ? undefined : lane;
  byId('lane').hidden = shutLane === undefined;
  if (shutLane) {
    const { cause } = shutLane;
    byId('lane-text').textContent = `Sending waits: ${CAUSES[cause] ?? cause}.`;
  }
  tick();
}

/** @type {Record<string, string>} */
const CAUSES = {
  rate_limited: 'HubSpot asks for fewer calls',
  server_error: 'HubSpot is failing',
  locked: 'HubSpot has locked the account for a moment',
  timeout: 'HubSpot does not answer',
  network: 'HubSpot cannot be reached',
  unauthorized: 'HubSpot does not take the key',
  forbidden: 'the key may not send events',
  migration: 'HubSpot is moving the account',
  daily_limit: 'the daily limit is used up',
  redirect: 'HubSpot answers with a redirect',
  operator: 'somebody paused it',
};

/** @param {number} now */
function tickLane(now) {
  if (!shutLane) return;
  const { probeAt } = shutLane;
  const left = probeAt === undefined ? undefined : Math.max(0, Math.ceil((probeAt - now) / 1000));
  byId('lane-next').textContent = left ? `Next try in ${left} s.` : '';
}

/** @param {LogLine} line */
function logLine({ at, level, message, fields }) {
  return element(
    'li.line',
    { 'data-level': level },
    element('time', { datetime: new Date(at).toISOString() }, time(at)),
    element('b', {}, message),
    element('code', {}, ...Object.entries(fields).flatMap(field)),
  );
}

/**
 * `cause=unauthorized`, and `lane.cause=unauthorized` of what is within another.
 * @param {[string, unknown]} field
 * @returns {HTMLElement[]}
 */
function field([name, value]) {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    return Object.entries(value).flatMap(([key, inner]) => field([`${name}.${key}`, inner]));
  }
  const text =
    typeof value === 'string' ? value : isTime(name, value) ? time(value) : JSON.stringify(value);
  return [element('span', {}, `${name}=${text}`)];
}

/**
 * @param {string} name
 * @param {unknown} value
 * @returns {value is number}
 */
function isTime(name, value) {
  return typeof value === 'number' && /(^|\.)since$|At$/.test(name) && value > 1e12;
}

/** @param {LogLine} line */
function addLogLine(line) {
  const log = byId('log');
  log.prepend(logLine(line));
  while (log.childElementCount > MAX_LOG_LINES) log.lastElementChild?.remove();
}

/** Moves what counts time: how long an event has waited, how long a fault still lasts. */
function tick() {
  const now = Date.now();
  for (const view of views.values()) view.tick(now);
  tickLane(now);
  for (const { id, until } of activeFaults) {
    const button = switches.get(id);
    if (button && until !== undefined) {
      button.dataset.left = `${Math.max(0, Math.ceil((until - now) / 1000))} s`;
    }
  }
}

/** @param {string} path */
function post(path) {
  void fetch(path, { method: 'POST' });
}

const feed = openFeed('feed');
/** @type {Record<string, (data: any) => void>} */
const handlers = {
  snapshot: showSnapshot,
  row: showRow,
  counters: showCounters,
  faults: showFaults,
  lane: showLane,
  log: addLogLine,
};
for (const [name, handle] of Object.entries(handlers)) {
  feed.addEventListener(name, (message) => handle(JSON.parse(message.data)));
}

// Not every browser lets the keyboard into what scrolls.
byId('log').tabIndex = 0;
byId('resume').addEventListener('click', () => post('do/resume'));
byId('events').addEventListener('click', ({ target }) => {
  const { replay } = target instanceof HTMLElement ? target.dataset : {};
  if (replay) post(`do/replay/${replay}`);
});
byId('clear').addEventListener('click', () => post('do/clear'));
setInterval(tick, 100);
