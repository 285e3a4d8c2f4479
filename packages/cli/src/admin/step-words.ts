import type { EventStep } from '@hubrelay/relay';
import { oneLine } from '../one-line.ts';

/** What HubSpot said, or why it could not; empty when a status says all. */
export function saidOf({ outcome, status, category, message, correlationId }: EventStep): string {
  const id = correlationId === undefined ? '' : `(correlation ID ${correlationId})`;
  if (status === undefined) return message ?? '';
  if (outcome === 'delivered' && message === undefined) return '';
  return joined(['HubSpot said:', status, category, message, id]);
}

/** With how many others it shared its call, and how long that took. */
export function callOf({ events, durationMs }: EventStep): string {
  const others = events === 2 ? 'another' : `${events - 1} others`;
  return [...(events > 1 ? [`with ${others}`] : []), `${durationMs} ms`].join(', ');
}

/** One line of a log: time, uuid, name, what happened, and the words about it. */
export function lineOfStep(step: EventStep): string {
  const { at, uuid, eventName, events, outcome, cause, durationMs } = step;
  const what = cause === undefined ? outcome : `${outcome} (${cause})`;
  const which = uuid === undefined ? `${events} events` : `${uuid}  ${eventName}`;
  const call = durationMs === undefined ? '' : `  ${callOf(step)}`;
  const said = saidOf(step);
  return oneLine(`${new Date(at).toISOString()}  ${which}  ${what}${call}${said && `  ${said}`}`);
}

/** Those that there are. */
export const joined = (words: readonly (string | number | undefined)[]) =>
  oneLine(words.filter(Boolean).join(' '));
