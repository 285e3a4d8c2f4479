import { toDatetime } from '../policy/date-value.ts';

export interface Moment {
  /** ISO 8601 in UTC. */
  readonly iso: string;
  /** What was changed, for the sender. */
  readonly note?: string;
}

/** `+0000`, as PHP's and Python's formats write it, is `+00:00`. */
const COMPACT_OFFSET = /([+-]\d{2})(\d{2})$/;
const ISO_TIME = /^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?/;
const DIGITS = /^\d{1,16}$/;

/** Epoch seconds of the years 2001 to 2286. As milliseconds all of them lie in the first months of 1970. */
const isSeconds = (epoch: number) => epoch >= 1e9 && epoch < 1e10;

/** Clocks of two servers differ a little; what lies further ahead is a mistake. */
const AHEAD_TOLERANCE_MS = 5000;

/** When the event happened, as servers write it. Undefined when it cannot be read. */
export function toOccurredAt(value: unknown, receivedAtMs: number): Moment | undefined {
  const iso = isoOf(value);
  if (iso === undefined) return undefined;
  if (Date.parse(iso) <= receivedAtMs + AHEAD_TOLERANCE_MS) return { iso };
  const note = `${iso} is in the future: the event was stored with the time at which it arrived`;
  return { iso: new Date(receivedAtMs).toISOString(), note };
}

function isoOf(value: unknown): string | undefined {
  if (typeof value === 'number' || (typeof value === 'string' && DIGITS.test(value))) {
    const epoch = Number(value);
    return toDatetime(isSeconds(epoch) ? epoch * 1000 : epoch);
  }
  if (typeof value !== 'string') return undefined;
  const time = ISO_TIME.exec(value)?.[0];
  if (time === undefined) return toDatetime(value);
  const zone = value.slice(time.length).replace(COMPACT_OFFSET, '$1:$2');
  // Without a zone it is UTC, in which HubSpot documents its times.
  return toDatetime(`${time.replace(' ', 'T')}${zone === '' ? 'Z' : zone}`);
}
