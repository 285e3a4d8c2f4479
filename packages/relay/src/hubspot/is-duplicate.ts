import type { HubSpotError, HubSpotResponse } from './answer.ts';
import type { EventJson } from './event.ts';

/**
 * Whether a refusal of a single event says "here already". HubSpot takes the first of several events with one uuid and rejects
 * the others; the words of that rejection are not documented. docs/decisions/duplicates.md
 * @param json the event: HubSpot's messages quote names and values, and these never count as words of HubSpot's own
 * @param mayHaveArrived the event may have reached HubSpot before; otherwise nothing is a duplicate
 */
export function isDuplicate(
  { status, error }: HubSpotResponse,
  json: EventJson,
  mayHaveArrived: boolean,
): boolean {
  if (!mayHaveArrived) return false;
  const words = wordsOf(error, json);
  // What is wrong with a value or a definition is about something else, whatever words it quotes.
  if (IS_ABOUT_CONTENTS.test(words)) return false;
  const isAboutTheEvent = /\b(uuid|id|event|occurrence|completion)s?\b/.test(words);
  return status === 409 || (isAboutTheEvent && SAYS_DUPLICATE.test(words));
}

const IS_ABOUT_CONTENTS =
  /propert|\bvalues?\b|\bfields?\b|\bno\b|option|allowed|invalid|unknown|not (exist|found|defined|known)|archived|cannot/;

const SAYS_DUPLICATE =
  /duplicat|(must be|not) unique|already (exist|(been )?(accept|ingest|process|receiv|record|sent))/;

/** What HubSpot says in its own words. `DUPLICATE_EVENT_UUID` has to be read as words. */
function wordsOf({ category = '', message = '' }: HubSpotError = {}, json: EventJson): string {
  const own = quotedFrom(json).reduce(without, lower(message));
  return `${lower(category)} ${own.replace(QUOTED, ' ')}`.replaceAll('_', ' ');
}

/** As whole words only: the value "a" must not take "already" apart. */
function without(text: string, quoted: string): string {
  const escaped = quoted.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
  return text.replace(new RegExp(`(?<![\\p{L}\\p{N}_])${escaped}(?![\\p{L}\\p{N}_])`, 'gu'), ' ');
}

/** A value that is one of HubSpot's own words proves nothing, wherever it stands. */
const OWN_WORDS = new Set([
  'event',
  'uuid',
  'id',
  'already',
  'duplicate',
  'exists',
  'this',
  'with',
]);

const QUOTED = /"[^"]*"|'[^']*'|`[^`]*`|“[^”]*”|\[[^\]]*\]/g;

/** Every string of the event, the longest first: a value may contain another. */
function quotedFrom(json: EventJson): string[] {
  const strings = new Set<string>();
  collect(JSON.parse(json), strings);
  return [...strings]
    .filter((text) => text !== '' && !OWN_WORDS.has(text))
    .sort((a, b) => b.length - a.length);
}

function collect(value: unknown, into: Set<string>): void {
  if (typeof value === 'string') {
    into.add(lower(value));
    // HubSpot names events with the account's prefix and without.
    into.add(lower(value).replace(/^pe\d+_/, ''));
  } else if (typeof value === 'object' && value !== null) {
    for (const [key, inner] of Object.entries(value)) {
      if (!FIELDS.has(key)) into.add(lower(key));
      collect(inner, into);
    }
  }
}

/** The fields of HubSpot's contract are HubSpot's words. */
const FIELDS = new Set([
  'uuid',
  'utk',
  'email',
  'objectId',
  'eventName',
  'properties',
  'occurredAt',
]);

const lower = (text: string) => text.toLowerCase();
