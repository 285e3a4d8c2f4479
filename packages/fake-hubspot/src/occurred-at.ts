import type { Switches } from './switches.ts';
import type { Report } from './validate-properties.ts';

const isoPattern = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:?\d{2})$/;

/** The event's time as ISO 8601 in UTC: from an ISO 8601 string or epoch milliseconds; now when it is absent. */
export function occurredAtIso(
  given: unknown,
  { now, switches }: { now: number; switches: Switches },
  report: Report,
): string {
  const moment = given === undefined || given === null ? now : toEpochMs(given);
  if (Number.isNaN(moment)) {
    report('occurredAt is neither ISO 8601 nor epoch milliseconds', 'INVALID_DATE', 'occurredAt');
    return '';
  }
  if (moment < now - switches.maxAgeMs)
    report('occurredAt is too old', 'INVALID_DATE', 'occurredAt');
  if (moment > now + switches.maxAheadMs)
    report('occurredAt is in the future', 'INVALID_DATE', 'occurredAt');
  return new Date(moment).toISOString();
}

function toEpochMs(given: unknown): number {
  if (typeof given === 'number') return validDate(given);
  if (typeof given !== 'string') return Number.NaN;
  if (/^\d{1,16}$/.test(given)) return validDate(Number(given));
  return isoPattern.test(given) ? Date.parse(given) : Number.NaN;
}

function validDate(epochMs: number): number {
  return new Date(epochMs).getTime();
}
