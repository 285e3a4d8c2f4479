// @ts-check
/** @import { Row, Light } from '../../src/demo/inspector/row.ts' */
/** @import { Step } from '../../src/demo/inspector/steps.ts' */
import { element } from './element.js';
import { duration, propertyValue, time } from './format.js';

/** What a stage's light says, for those who do not see its colour. @type {Record<Light, string>} */
const WORDS = { off: 'not yet', on: 'done', busy: 'at work', waiting: 'waiting', failed: 'failed' };
/** @type {Record<Light, string>} */
const SIGNS = { off: '', on: '✓', busy: '', waiting: '‖', failed: '✕' };

/** One event in the list. Its details stay open while it changes. */
export function createEventView() {
  const head = element('div.head');
  const track = element('ol.track');
  const story = element('div.story');
  const summary = element('summary', {}, 'Details');
  const details = element('details', {}, summary, story);
  const root = element('li.event', {}, head, track, details);
  /** @type {HTMLElement | undefined} */
  let ticking;
  /** @type {number | undefined} */
  let waitingSince;

  return {
    root,
    /** @param {Row} row */
    update(row) {
      root.dataset.state = row.state;
      root.dataset.uuid = row.uuid;
      head.replaceChildren(...headOf(row));
      const hadFocus = track.contains(document.activeElement);
      track.replaceChildren(...stagesOf(row));
      // The button that was pressed is gone; the keyboard goes on from here.
      if (hadFocus) summary.focus();
      story.replaceChildren(...storyOf(row));
      ticking = /** @type {HTMLElement | null} */ (track.querySelector('.ticking')) ?? undefined;
      waitingSince = row.waitingSince;
    },
    /** @param {number} now */
    tick(now) {
      if (ticking && waitingSince !== undefined) {
        ticking.textContent = `waiting ${duration(Math.max(0, now - waitingSince))}`;
      }
    },
  };
}

/** @param {Row} row */
function headOf({ eventName, properties, state, summary, latencyMs, occurredAt }) {
  const all = Object.entries(properties);
  // HubSpot's own properties, which the script fills in, would bury what the shop has to say.
  const own = all.filter(([name]) => !name.startsWith('hs_'));
  const others = all.length - own.length;
  const took = state === 'delivered' && latencyMs !== undefined ? ` · ${duration(latencyMs)}` : '';
  return [
    element('h3', {}, eventName),
    element('time', { datetime: new Date(occurredAt).toISOString() }, time(occurredAt)),
    element('p.outcome', {}, summary + took),
    element(
      'ul.properties',
      { 'aria-label': 'Properties' },
      ...own.map(([name, value]) =>
        element('li', {}, element('span', {}, name), propertyValue(value)),
      ),
      others > 0 && element('li', {}, element('span', {}, `+ ${others} about the page`)),
    ),
  ];
}

/** @param {Row} row */
function stagesOf({ uuid, lights, utk, utkFrom, relayNote, tries, waitingSince, canReplay }) {
  const visitor = utk
    ? [element('span.word', {}, 'visitor '), `${utk.slice(0, 8)}…`]
    : ['no visitor token'];
  return [
    stage(
      'Page',
      lights.page,
      element('span', { title: utk && `${utk}, from the ${utkFrom}` }, ...visitor),
    ),
    stage('Relay', lights.relay, element('span', {}, relayNote)),
    stage(
      'HubSpot',
      lights.hubspot,
      element(
        'span.tries',
        {},
        ...tries.flatMap(({ label, tone, waitedMs }) => [
          waitedMs !== undefined && element('i', {}, duration(waitedMs)),
          element('b', { 'data-tone': tone }, label),
        ]),
        waitingSince !== undefined && element('i.ticking', {}, 'waiting'),
        canReplay && element('button', { type: 'button', 'data-replay': uuid }, 'Replay'),
      ),
    ),
  ];
}

/**
 * @param {string} name
 * @param {Light} light
 * @param {Node} note
 */
function stage(name, light, note) {
  return element(
    'li',
    { 'data-light': light },
    element('span.dot', { 'aria-hidden': 'true' }, SIGNS[light]),
    element('span.name', {}, name, element('span.hidden', {}, `: ${WORDS[light]}`)),
    note,
  );
}

/** @param {Row} row */
function storyOf({ steps, uuid, utk, utkFrom, applied, call, occurredAt }) {
  /** @type {[string, string | undefined][]} */
  const facts = [
    ['uuid', uuid],
    ['utk', utk ? `${utk} (from the ${utkFrom})` : 'none yet: no hubspotutk cookie'],
    ['Call', call?.line],
    ['Authorization', call?.authorization],
  ];
  return [
    element('ol.steps', {}, ...steps.map((step) => stepOf(step, occurredAt))),
    element(
      'dl.facts',
      {},
      ...facts.flatMap(([name, value]) =>
        value === undefined ? [] : [element('dt', {}, name), element('dd.value', {}, value)],
      ),
    ),
    applied
      ? element(
          'figure',
          {},
          element('figcaption', {}, 'As HubSpot took it'),
          element('pre', { tabindex: '0' }, JSON.stringify(applied, null, 2)),
        )
      : element('p.none', {}, 'HubSpot has not taken it.'),
  ];
}

/**
 * @param {Step} step
 * @param {number} start
 */
function stepOf({ at, place, title, detail, tone, durationMs }, start) {
  return element(
    'li',
    { 'data-tone': tone },
    element('span.when', {}, at <= start ? '0 ms' : `+${duration(at - start)}`),
    element('span.place', {}, { page: 'Page', relay: 'Relay', hubspot: 'HubSpot' }[place]),
    element(
      'span.what',
      {},
      title,
      durationMs !== undefined && element('i', {}, duration(durationMs)),
      detail !== undefined && element('small', {}, detail),
    ),
  );
}
