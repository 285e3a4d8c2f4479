import type { SetValue } from './convert.ts';

const DAY = /^(\d{4})-(\d{2})-(\d{2})$/;
const EPOCH_MS = /^-?\d{1,16}$/;
/** ISO 8601 with a time zone: without one the moment depends on whose clock reads it. */
const INSTANT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:\d{2})$/;
const DAY_MS = 86_400_000;

/** A moment as ISO 8601 in UTC, from epoch milliseconds or from ISO 8601 with a time zone. */
export function toDatetime(value: SetValue): string | undefined {
  const instant = instantOf(value);
  return instant?.toISOString();
}

/** A day as `2026-01-31`. A moment counts only when it is midnight UTC: which day any other falls on is a guess. */
export function toDate(value: SetValue): string | undefined {
  if (typeof value === 'string' && DAY.test(value)) return isRealDay(value) ? value : undefined;
  const instant = instantOf(value);
  return instant && instant.getTime() % DAY_MS === 0
    ? instant.toISOString().slice(0, 'YYYY-MM-DD'.length)
    : undefined;
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
