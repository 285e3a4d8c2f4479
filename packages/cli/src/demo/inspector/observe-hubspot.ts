import type { Activity, ReceivedEvent, ReceivedRequest } from '@hubrelay/fake-hubspot';
import type { CallReport, EventJson, HubSpotClient, HubSpotEvent } from '@hubrelay/relay';
import type { Observation } from './observation.ts';

type Observe = (seen: Observation) => void;

/** Watches the relay's calls to HubSpot from the relay's side. No credential passes here. */
export function observeClient(client: HubSpotClient, observe: Observe): HubSpotClient {
  let count = 0;
  return {
    address: client.address,
    async send(events, timeoutMs) {
      count += 1;
      const call = `call-${count}`;
      observe({ kind: 'calling', at: Date.now(), call, events: parsed(events) });
      const answer = await client.send(events, timeoutMs);
      observe({ kind: 'called', at: Date.now(), call, answer });
      return answer;
    },
  };
}

/** What the relay makes of each call. */
export function observeJudgement(observe: Observe): (report: CallReport) => void {
  return ({ events, outcome }) =>
    observe({
      kind: 'judged',
      at: Date.now(),
      uuids: parsed(events).map(({ uuid }) => uuid),
      outcome,
    });
}

function parsed(events: readonly EventJson[]): HubSpotEvent[] {
  return events.map((json) => JSON.parse(json));
}

/** Watches the same calls from the other side: what the fake saw, and what it took. */
export function observeFake(observe: Observe): (activity: Activity) => void {
  return (activity) => {
    if (activity.type === 'request') {
      const seen = seenRequest(activity.request);
      if (seen) observe(seen);
      return;
    }
    observe({
      kind: 'applied',
      at: activity.event.receivedAt,
      event: sentEvent(activity.event),
      duplicate: activity.type === 'duplicate',
    });
  };
}

function seenRequest(request: ReceivedRequest): Observation | undefined {
  const { method, path, headers, fault, notes, receivedAt } = request;
  const uuids = uuidsIn(request);
  if (uuids.length === 0) return undefined;
  return {
    kind: 'seen',
    at: receivedAt,
    uuids,
    method,
    path,
    authorization: headers.authorization ?? 'none',
    ...(fault !== undefined && { fault }),
    notes,
  };
}

/** Read from the text: a call that met a fault was never parsed. */
export function uuidsIn({ body }: Pick<ReceivedRequest, 'body'>): string[] {
  return [...body.matchAll(/"uuid":"([^"]+)"/g)].map((match) => match[1] as string);
}

function sentEvent(event: ReceivedEvent) {
  const { uuid, eventName, properties, occurredAt, utk, email, objectId } = event;
  return {
    uuid,
    eventName,
    properties,
    occurredAt,
    ...(utk !== undefined && { utk }),
    ...(email !== undefined && { email }),
    ...(objectId !== undefined && { objectId }),
  };
}
