import type { RateLimitPolicy } from './errors.ts';
import type { IncomingCall } from './received.ts';
import type { ValidEvent } from './validate-event.ts';

/**
 * What can happen to the connection rather than to the answer.
 * - `reset`: closed before the request is applied.
 * - `hang`: never answered, not applied.
 * - `drop-reply`: applied, then closed without an answer.
 * - `hang-reply`: applied, never answered.
 * - `truncate`: the answer's body breaks off in the middle; the request is applied unless a `status` is given.
 */
export type ConnectionFault = 'reset' | 'hang' | 'drop-reply' | 'hang-reply' | 'truncate';

/** What a fault does to one request. */
export interface FaultEffect {
  /** Answered instead of doing the work; the body has the shape that HubSpot gives this status. */
  readonly status?: number;
  readonly kind?: ConnectionFault;
  /** Waited for before anything else. Alone it only slows the request down. */
  readonly latencyMs?: number;
  /** The `Retry-After` header, in seconds or as an HTTP date. */
  readonly retryAfter?: number | string;
  /** Of a 429. @default 'TEN_SECONDLY_ROLLING' */
  readonly policyName?: RateLimitPolicy;
  /** Added to the answer of `status`. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Instead of HubSpot's own body for `status`: an object for JSON, a string for HTML. */
  readonly body?: Readonly<Record<string, unknown>> | string;
}

/** A uuid, or a test of the event. */
export type Poison = string | ((event: ValidEvent) => boolean);

export interface Fault extends FaultEffect {
  /** How many requests it meets. @default no limit */
  readonly times?: number;
  /** When it ends, epoch milliseconds by the fake's clock. @default never */
  readonly untilMs?: number;
  /** Which requests it meets. @default send and send/batch, in every version */
  readonly match?: (call: IncomingCall) => boolean;
  /** Meets only requests with such an event: HubSpot finds that event bad (400), or answers `status`. */
  readonly poison?: Poison;
}

/** A poison fault that is active for one request. */
export interface EventPoison {
  readonly status: number;
  matches(event: ValidEvent): boolean;
  /** Counts it as met, once per request. */
  spend(): void;
}

/** What is to happen to one request. */
export interface FaultPlan {
  readonly latencyMs: number;
  readonly effect: FaultEffect | undefined;
  readonly poison: readonly EventPoison[];
}

export interface Faults {
  /** Adds a fault; gives its undo. */
  fail(fault: Fault): () => void;
  /** As `fail`, with an effect drawn for each request. */
  draw(effect: () => FaultEffect | undefined, match?: Fault['match']): () => void;
  plan(call: IncomingCall): FaultPlan;
  clear(): void;
}

interface ActiveFault extends Fault {
  readonly draw: () => FaultEffect | undefined;
  left: number;
}

const isSend = ({ method, path }: IncomingCall) =>
  method === 'POST' && /^\/events\/.+\/send(\/batch)?$/.test(path);

/** Several faults may be active. Latencies add up; of the answers the oldest fault's wins, so `times: 1` makes a sequence. */
export function createFaults(): Faults {
  let active: ActiveFault[] = [];
  const undo = (fault: ActiveFault) => () => {
    active = active.filter((other) => other !== fault);
  };
  const add = (fault: ActiveFault) => {
    active = [...active, fault];
    return undo(fault);
  };
  const spend = (fault: ActiveFault) => {
    fault.left--;
    if (fault.left <= 0) undo(fault)();
  };

  return {
    fail: (fault) =>
      add({ ...fault, draw: () => fault, left: fault.times ?? Number.POSITIVE_INFINITY }),
    draw: (draw, match = isSend) => add({ draw, match, left: Number.POSITIVE_INFINITY }),
    plan(call) {
      let latencyMs = 0;
      let effect: FaultEffect | undefined;
      const poison: EventPoison[] = [];
      for (const fault of active) {
        if (fault.untilMs !== undefined && call.receivedAt >= fault.untilMs) {
          undo(fault)();
          continue;
        }
        const { match = isSend } = fault;
        if (!match(call)) continue;
        if (fault.poison !== undefined) {
          poison.push(eventPoison(fault, fault.poison, () => spend(fault)));
          continue;
        }
        const drawn = fault.draw();
        if (!drawn || (effect && isAnswer(drawn))) continue;
        latencyMs += drawn.latencyMs ?? 0;
        if (isAnswer(drawn)) effect = drawn;
        spend(fault);
      }
      return { latencyMs, effect, poison };
    },
    clear() {
      active = [];
    },
  };
}

function isAnswer({ status, kind }: FaultEffect): boolean {
  return status !== undefined || kind !== undefined;
}

function eventPoison({ status = 400 }: Fault, poison: Poison, spend: () => void): EventPoison {
  const matches: EventPoison['matches'] =
    typeof poison === 'string' ? ({ uuid }) => uuid === poison.toLowerCase() : poison;
  let isSpent = false;
  return {
    status,
    matches,
    spend() {
      if (!isSpent) spend();
      isSpent = true;
    },
  };
}
