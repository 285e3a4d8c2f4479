import {
  type DeliveredEvent,
  systemClock,
  type VerdictReason,
  type VerdictState,
  verifyEvents,
  wordsOf,
} from '@hubrelay/relay';
import { CommandError } from '../cli-command.ts';
import { oneLine } from '../one-line.ts';
import { readBackFromEnv } from './verify-settings.ts';

/** Whether a delivered event shows in HubSpot, or why that was not found out. */
export type ReadBack =
  | { readonly state: VerdictState; readonly reason: VerdictReason }
  /** There is no token that may read. */
  | { readonly state: 'not_asked' }
  | { readonly state: 'not_read'; readonly problem: string };

/** Asks HubSpot, with `HUBSPOT_READ_TOKEN`, where there is one. What goes wrong is told, and changes nothing else. */
export async function readBack(delivered: DeliveredEvent): Promise<ReadBack> {
  const { HUBSPOT_READ_TOKEN: token, HUBSPOT_READ_TOKEN_FILE: file } = process.env;
  if (!token && !file) return { state: 'not_asked' };
  try {
    const verified = await verifyEvents([delivered], { ...readBackFromEnv(), clock: systemClock });
    if (!verified.ok) return { state: 'not_read', problem: verified.problem };
    const [event] = verified.events;
    return event ? { state: event.state, reason: event.reason } : { state: 'not_asked' };
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    return { state: 'not_read', problem: error.message };
  }
}

export function wordsOfReadBack(seen: ReadBack, uuid: string, now: number): string {
  const at = `${new Date(now).toISOString()}  `;
  switch (seen.state) {
    case 'not_asked':
      return `${at}not read back: with HUBSPOT_READ_TOKEN this also tells whether it shows in HubSpot`;
    case 'not_read':
      return `${at}not read back: ${oneLine(seen.problem)}`;
    default: {
      const state = seen.state.replaceAll('_', ' ');
      return `${at}read back from HubSpot: ${state} (${seen.reason}). ${wordsOf(seen.reason).replace('UUID', uuid)}`;
    }
  }
}
