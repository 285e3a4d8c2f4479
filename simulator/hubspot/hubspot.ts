import type { Ledger, TrackedEvent } from '../laws/ledger.ts';
import type { Random } from '../time/random.ts';
import type { Scheduler } from '../time/scheduler.ts';
import type { Trace } from '../time/trace.ts';
import type { Effect, ServiceFault } from './effect.ts';
import { createPatience } from './patience.ts';
import { messageOf, reply } from './reply.ts';

/** What HubSpot's documentation leaves open; a seed decides. */
export interface HubSpotHabits {
  /** What is said of an event that is there already. */
  readonly duplicate: 'nothing' | '400 with words' | '409 without';
  /** Whether a refused batch leaves the events before the one at fault behind. */
  readonly refusedBatch: 'nothing' | 'what comes first';
  readonly latencyMs: number;
  readonly hasBatch: boolean;
}

export interface HubSpot {
  /** A relay's way to HubSpot, of one process from its start to its end. */
  connect(): typeof fetch;
  /** From now on everything is answered like this; undefined is health. */
  fault: ServiceFault | undefined;
  /** The token that was taken until now is not any more. @returns the one that is */
  rotateToken(): string;
  /** What the address of v3 answers when the version has ended; undefined until then. */
  endOfV3: Effect | undefined;
  /** Events at fault are not any more. */
  isCured: boolean;
  calls(): number;
  lastCallAt(): number;
}

export interface HubSpotTools {
  readonly habits: HubSpotHabits;
  readonly scheduler: Scheduler;
  readonly random: Random;
  readonly ledger: Ledger;
  readonly trace: Trace;
}

/** As HubSpot's specification has it. */
interface SentEvent {
  readonly uuid: string;
  readonly eventName: string;
  readonly properties: Record<string, string>;
  readonly utk?: string;
}

const HUB = 'pe123_';
const MAX_EVENTS = 500;
const OK: Effect = { name: 'ok', status: 204, body: 'empty' };
const NO_SUCH_PAGE: Effect = { name: 'no such page', status: 404, body: 'html' };
const DENIED: Effect = {
  name: 'unauthorized',
  status: 401,
  body: 'hubspot',
  message: 'Authentication credentials not found.',
};
const IS_HERE: Effect = {
  name: 'duplicate',
  status: 400,
  body: 'hubspot',
  message: 'An event with this uuid has already been received.',
  isDuplicate: true,
};
const IS_HERE_BARE: Effect = {
  name: 'duplicate',
  status: 409,
  body: 'hubspot',
  message: 'Conflict.',
  isDuplicate: true,
};

/** HubSpot as its worst self, and the judge of what it is sent. Imports nothing of what it judges. */
export function createHubSpot(tools: HubSpotTools): HubSpot {
  const { habits, scheduler, random, ledger, trace } = tools;
  let rotations = 1;
  let calls = 0;
  let lastCallAt = scheduler.now();

  const latencyMs = () => habits.latencyMs / 2 + random.exponential(habits.latencyMs / 4);

  /** Everything is as it was tracked, and the visitor's own. */
  function judge(sent: SentEvent): TrackedEvent | undefined {
    const event = ledger.events.get(sent.uuid);
    if (event === undefined) {
      ledger.violate('known', `HubSpot was sent ${sent.uuid}, which no page tracked`);
      return undefined;
    }
    if (sent.eventName !== HUB + event.eventName)
      ledger.violate('payload', `${event.uuid} is ${event.eventName}, sent as ${sent.eventName}`);
    if (sent.utk !== event.utk)
      ledger.violate('own visitor', `${event.uuid} is ${event.utk}'s, sent as ${sent.utk}'s`);
    for (const name of new Set([...Object.keys(event.properties), ...Object.keys(sent.properties)]))
      if (sent.properties[name] !== event.properties[name])
        ledger.violate('payload', `${event.uuid}: ${name} became ${sent.properties[name]}`);
    return event;
  }

  function applyAll(events: readonly TrackedEvent[]): void {
    for (const event of events) if (event.appliedAt === undefined) ledger.apply(event);
  }

  const fateOf = (event: TrackedEvent) => (hubspot.isCured ? undefined : event.fate);

  /** What is wrong with an event, if anything is. */
  function complaint(event: TrackedEvent): Effect | undefined {
    const fate = fateOf(event);
    if (fate) return fate;
    if (event.appliedAt === undefined || habits.duplicate === 'nothing') return undefined;
    return habits.duplicate === '400 with words' ? IS_HERE : IS_HERE_BARE;
  }

  function decide(url: URL, token: string, events: readonly TrackedEvent[]): Effect {
    const isBatch = url.pathname.endsWith('/batch');
    const { fault } = hubspot;
    if (fault) {
      if (fault.transport === 'lost' || fault.transport === 'hang after') applyAll(events);
      return fault;
    }
    if (hubspot.endOfV3 && url.pathname.startsWith('/events/v3/')) return hubspot.endOfV3;
    if (isBatch && !habits.hasBatch) return NO_SUCH_PAGE;
    if (token !== `token-${rotations}`) return DENIED;
    const first = events.findIndex(complaint);
    const bad = events[first];
    if (bad === undefined) {
      applyAll(events);
      return OK;
    }
    const effect = complaint(bad) as Effect;
    if (effect.transport === 'lost' || effect.transport === 'hang after') applyAll(events);
    else if (habits.refusedBatch === 'what comes first') applyAll(events.slice(0, first));
    if (events.length === 1) refuse(bad, effect);
    return effect;
  }

  /** Note what may be told of an event that was alone in its call. */
  function refuse(event: TrackedEvent, effect: Effect): void {
    if (effect.status === undefined) return;
    event.refusals.push({
      status: effect.status,
      message: messageOf(effect, HUB + event.eventName),
    });
    const mayBeHere = event.calls > 1 || event.mayHaveBeenSent;
    if (effect.isDuplicate && mayBeHere) event.wasCalledDuplicate = true;
  }

  function receive(url: URL, token: string, body: string): [Effect, string] {
    const parsed = JSON.parse(body);
    const sent: SentEvent[] = url.pathname.endsWith('/batch') ? parsed.inputs : [parsed];
    if (sent.length > MAX_EVENTS) ledger.violate('payload', `${sent.length} events in one call`);
    const events = sent.flatMap((one) => judge(one) ?? []);
    for (const event of events) event.calls += 1;
    const effect = decide(url, token, events);
    if (trace.isOn) trace.note('hubspot', `${url.pathname} ${namesOf(events)}: ${effect.name}`);
    return [effect, sent[0]?.eventName ?? ''];
  }

  const hubspot: HubSpot = {
    fault: undefined,
    rotateToken() {
      rotations += 1;
      return `token-${rotations}`;
    },
    endOfV3: undefined,
    isCured: false,
    calls: () => calls,
    lastCallAt: () => lastCallAt,
    connect() {
      const patience = createPatience(tools);
      return (input, init) =>
        new Promise((resolve, reject) => {
          const url = new URL(String(input));
          const token =
            new Headers(init?.headers).get('authorization')?.replace('Bearer ', '') ?? '';
          const fail = (error: unknown) => reject(error);
          init?.signal?.addEventListener('abort', () => fail(init.signal?.reason));
          calls += 1;
          lastCallAt = scheduler.now();
          patience.called(hubspot.fault);
          scheduler.schedule(() => {
            const [effect, eventName] = receive(url, token, String(init?.body));
            if (effect.transport === 'hang' || effect.transport === 'hang after') return;
            const back = latencyMs();
            const { status } = effect;
            if (effect.transport !== undefined || status === undefined)
              scheduler.schedule(() => fail(new TypeError('fetch failed')), back);
            else
              scheduler.schedule(() => {
                patience.heard(effect);
                resolve(reply(effect, status, eventName));
              }, back);
          }, latencyMs());
        });
    },
  };
  return hubspot;
}

function namesOf(events: readonly TrackedEvent[]): string {
  const [first] = events;
  const others = events.length > 1 ? ` and ${events.length - 1} more` : '';
  return `${first?.uuid.slice(0, 8)}${first?.fate ? ' (at fault)' : ''}${others}`;
}
