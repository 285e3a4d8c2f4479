import { setTimeout as sleep } from 'node:timers/promises';
import type { Random } from './random.ts';

/** An event as a page sends it. */
export interface SentEvent {
  readonly uuid: string;
  readonly eventName: string;
  readonly properties: Readonly<Record<string, string | number | boolean>>;
  readonly occurredAt: number;
  readonly utk: string;
  /** HubSpot does not know this event: it has to end as a dead letter. */
  readonly isPoison: boolean;
}

/** Pages that keep what was not acknowledged and send it again under the same uuid. */
export interface Sender {
  /** Every event ever sent, by uuid. */
  readonly sent: ReadonlyMap<string, SentEvent>;
  /** The uuids that a relay said are safe. */
  readonly acknowledged: ReadonlySet<string>;
  /** Answers that no relay should ever give. */
  readonly complaints: readonly string[];
  /** Makes new events, and sends these and what is left over, until `stop`. */
  start(): void;
  /** Resolves when the last request has ended. */
  stop(): Promise<void>;
  /** Sends what is left over until all is acknowledged. */
  flush(timeoutMs: number): Promise<void>;
}

export const ORIGIN = 'https://shop.example';

const PAGES = 3;
const MAX_EVENTS = 60;
const REQUEST_TIMEOUT_MS = 3000;

/** @param urls of the relays that may be running; whether they are is found out by sending */
export function createSender(urls: () => readonly string[], random: Random): Sender {
  const sent = new Map<string, SentEvent>();
  const acknowledged = new Set<string>();
  const complaints: string[] = [];
  const leftOver: SentEvent[] = [];
  let isStopped = true;
  let pages: Promise<void>[] = [];

  async function page(): Promise<void> {
    while (!isStopped) {
      const fresh = Array.from({ length: random.integer(1, 8) }, () => newEvent(random));
      for (const event of fresh) sent.set(event.uuid, event);
      await post([...fresh, ...leftOver.splice(0, MAX_EVENTS), ...forgottenAnswer()]);
      await sleep(random.integer(5, 40));
    }
  }

  /** Now and then a page did not hear the answer and sends again what is safe already. */
  function forgottenAnswer(): SentEvent[] {
    if (!random.chance(0.05)) return [];
    const [first] = acknowledged;
    const event = first === undefined ? undefined : sent.get(first);
    return event === undefined ? [] : [event];
  }

  async function post(events: readonly SentEvent[]): Promise<void> {
    const running = urls();
    if (running.length === 0 || !(await postTo(random.pick(running), events))) {
      leftOver.push(...events.filter(({ uuid }) => !acknowledged.has(uuid)));
    }
  }

  /** @returns whether the relay took all */
  async function postTo(url: string, events: readonly SentEvent[]): Promise<boolean> {
    // One request is of one visitor.
    const utk = events[0]?.utk ?? '';
    const body = { sentAt: Date.now(), utk, events: events.map(toWire) };
    try {
      const response = await fetch(`${url}/v1/events`, {
        method: 'POST',
        headers: { 'content-type': 'text/plain', origin: ORIGIN },
        body: JSON.stringify(body),
        signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS),
      });
      const text = await response.text();
      if (response.status === 202) {
        for (const { uuid } of events) acknowledged.add(uuid);
        return true;
      }
      if (response.status !== 503) complaints.push(`${response.status} ${text.slice(0, 300)}`);
    } catch {
      // Killed, reset or too slow: the events may be stored or not, so they go again.
    }
    return false;
  }

  return {
    sent,
    acknowledged,
    complaints,
    start() {
      isStopped = false;
      pages = Array.from({ length: PAGES }, page);
    },
    async stop() {
      isStopped = true;
      await Promise.all(pages);
    },
    async flush(timeoutMs) {
      const end = Date.now() + timeoutMs;
      while (leftOver.length > 0) {
        if (Date.now() > end) throw new Error(`${leftOver.length} events were not taken.`);
        await post(leftOver.splice(0, MAX_EVENTS));
        if (leftOver.length > 0) await sleep(50);
      }
    },
  };
}

/** All visitors of one page share a token, as the tabs of one browser do. */
const UTK = '0123456789abcdef0123456789abcdef';
const POISON_SHARE = 0.01;

function newEvent(random: Random): SentEvent {
  const isPoison = random.chance(POISON_SHARE);
  return {
    uuid: crypto.randomUUID(),
    eventName: isPoison ? 'pe123_never_defined' : 'pe123_signup',
    properties: isPoison ? {} : { plan: random.pick(['free', 'pro', 'business']), method: 'grüße' },
    occurredAt: Date.now(),
    utk: UTK,
    isPoison,
  };
}

function toWire({ uuid, eventName, properties, occurredAt }: SentEvent) {
  return { uuid, eventName, properties, occurredAt };
}
