import type { SetValue } from './string-value.ts';

const DAY = /^(\d{4})-(\d{2})-(\d{2})$/;
const EPOCH_MS = /^-?\d{1,16}$/;
/** ISO 8601 with a time zone: without one the moment depends on whose clock reads it. */
const INSTANT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:\d{2})$/;
/** Without a time zone: enough to know the day. */
const LOCAL = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?$/;

/** A moment as ISO 8601 in UTC, from epoch milliseconds, from ISO 8601 with a time zone, or from a day: its midnight UTC. */
export function toDatetime(value: SetValue): string | undefined {
  if (isDay(value)) return `${value}T00:00:00.000Z`;
  return instantOf(value)?.toISOString();
}

/**
 * A day as `2026-01-31`, from any moment of it. Epoch milliseconds are of a day in UTC. A text says its day itself; where its
 * time zone puts it on another day in UTC there are two readings, and it is refused.
 */
export function toDate(value: SetValue): string | undefined {
  if (isDay(value)) return String(value);
  if (typeof value === 'string' && LOCAL.test(value)) {
    const day = value.slice(0, DAY_CHARS);
    return isRealDay(day) && instantOf(`${value}Z`) ? day : undefined;
  }
  const day = instantOf(value)?.toISOString().slice(0, DAY_CHARS);
  const isText = typeof value === 'string' && INSTANT.test(value);
  return isText && !value.startsWith(day ?? '') ? undefined : day;
}

const DAY_CHARS = 'YYYY-MM-DD'.length;

function isDay(value: SetValue): boolean {
  return typeof value === 'string' && DAY.test(value) && isRealDay(value);
}

function instantOf(value: SetValue): Date | undefined {
  const instant = new Date(millisecondsOf(value));
  const year = instant.getUTCFullYear();
  // Years of more than four digits have another ISO form, which HubSpot does not document.
  return year >= 0 && year <= 9_999 ? instant : undefined;
}

function millisecondsOf(value: SetValue): number {
  if (typeof value === 'number') return value;
  if (typeof value !== 'string') return Number.NaN;
  if (EPOCH_MS.test(value)) return Number(value);
  return INSTANT.test(value) && isRealDay(value.slice(0, 10)) ? Date.parse(value) : Number.NaN;
}

/** `Date.parse` takes 31 February for 3 March. */
function isRealDay(day: string): boolean {
  const date = new Date(`${day}T00:00:00Z`);
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(day);
}
