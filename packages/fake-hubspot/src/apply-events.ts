import type { Exchange } from './exchange.ts';
import type { Hub } from './hub.ts';
import type { SeenEvent } from './judge-batch.ts';
import type { IncomingCall, ReceivedEvent } from './received.ts';
import type { ValidEvent } from './validate-event.ts';

interface RequestFacts {
  readonly call: IncomingCall;
  readonly correlationId: string;
  readonly apiVersion: string;
  readonly batchSize: number;
}

/** Writes events into the journal, each under its uuid, and notes the duplicates beside them. */
export function applyEvents(
  hub: Hub,
  exchange: Exchange,
  facts: RequestFacts,
  events: readonly ValidEvent[],
  duplicates: readonly SeenEvent[],
): void {
  const { journal, uuids, config } = hub;
  const credential = exchange.principal?.kind ?? 'access-token';
  const { receivedAt, id: requestId, path } = facts.call;
  const request = {
    receivedAt,
    requestId,
    path,
    credential,
    correlationId: facts.correlationId,
    apiVersion: facts.apiVersion,
    batchSize: facts.batchSize,
  };
  for (const event of events) {
    const uuid = event.uuid ?? config.randomUuid();
    uuids.accept(event.eventName, uuid, receivedAt);
    journal.addEvent({
      ...present(event),
      ...request,
      uuid,
      uuidFrom: event.uuid ? 'sender' : 'hubspot',
    });
  }
  for (const { event, firstReceivedAt } of duplicates) {
    const { uuid } = event;
    journal.addDuplicate({
      ...present(event),
      ...request,
      uuid,
      uuidFrom: 'sender',
      firstReceivedAt,
    });
  }
  exchange.applied = events.length;
}

/** Without the fields that the sender left out. */
function present(
  event: ValidEvent,
): Pick<ReceivedEvent, 'eventName' | 'properties' | 'occurredAt'> {
  const { eventName, properties, occurredAt, utk, email, objectId } = event;
  return {
    eventName,
    properties,
    occurredAt,
    ...(utk !== undefined && { utk }),
    ...(email !== undefined && { email }),
    ...(objectId !== undefined && { objectId }),
  };
}
