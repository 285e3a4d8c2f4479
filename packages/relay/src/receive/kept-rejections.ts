import type { Rejection, RejectionCode, WireBatch } from '@hubrelay/protocol';
import type { Subject } from '../identity/subject.ts';
import type { RejectedEvent } from '../outbox/outbox.ts';
import type { Policy } from '../policy/policy.ts';
import { campaignOf } from './campaign.ts';
import { occurredAt } from './occurred-at.ts';

/** Refusals that may be the policy's mistake (a stale lock, a definition made too late), not the sender's. */
const REPLAYABLE: ReadonlySet<RejectionCode> = new Set([
  'unknown_event',
  'unknown_property',
  'invalid_property',
]);

export interface RejectedBatch {
  readonly batch: WireBatch;
  /** Where each event of the batch stood in the request. */
  readonly positions: readonly number[];
  readonly rejected: readonly Rejection[];
  readonly subject: Subject;
  readonly receivedAtMs: number;
  /** Turns an event into HubSpot's form without asking whether HubSpot defines it. */
  readonly anyEvent: Policy;
}

/** The rejected events in the form in which they could be sent after all, once the policy has been corrected. */
export function keptRejections(of: RejectedBatch): RejectedEvent[] {
  if (Object.keys(of.subject).length === 0) return [];
  const messages = new Map(
    of.rejected.flatMap(({ index, code, message }) =>
      REPLAYABLE.has(code) ? [[index, message] as const] : [],
    ),
  );
  return of.batch.events.flatMap((event, at) => {
    const message = messages.get(of.positions[at] ?? -1);
    if (message === undefined) return [];
    const converted = of.anyEvent.apply(event, { kind: 'page', facts: campaignOf(event) });
    if (!converted.ok) return [];
    const { eventName, properties } = converted;
    const occurred = occurredAt(event, of.batch, of.receivedAtMs);
    const known = { uuid: event.uuid, eventName, properties, occurredAt: occurred };
    return [{ event: { ...known, ...of.subject }, message }];
  });
}
