import type { ErrorDetail } from './errors.ts';
import type { Exchange } from './exchange.ts';
import type { EventPoison } from './faults.ts';
import type { Hub } from './hub.ts';
import { type Rules, type ValidEvent, validateEvent } from './validate-event.ts';

/** An event whose uuid was accepted before. */
export interface SeenEvent {
  readonly event: ValidEvent & { readonly uuid: string };
  readonly firstReceivedAt: number;
}

/** An event that HubSpot refuses. */
export interface BadItem {
  readonly index: number;
  readonly status: number;
  readonly isUnreadable: boolean;
  readonly errors: readonly ErrorDetail[];
}

/** Every input stands in `good`, in `bad`, or only in `duplicates`; a duplicate that is answered with 4xx is also bad. */
export interface BatchJudgement {
  readonly good: readonly ValidEvent[];
  readonly duplicates: readonly SeenEvent[];
  readonly bad: readonly BadItem[];
}

/** Decides for each event of a request whether HubSpot takes it. Changes nothing. */
export function judgeBatch(
  inputs: readonly unknown[],
  hub: Hub,
  { call, poison }: Pick<Exchange, 'call' | 'poison'>,
): BatchJudgement {
  const { switches } = hub.config;
  const rules: Rules = hub.rules(call.receivedAt);
  const good: ValidEvent[] = [];
  const duplicates: SeenEvent[] = [];
  const bad: BadItem[] = [];
  const inThisBatch = new Set<string>();

  for (const [index, input] of inputs.entries()) {
    const verdict = validateEvent(input, rules);
    if (verdict.kind === 'unreadable') {
      bad.push({ index, status: 400, isUnreadable: true, errors: [{ message: verdict.reason }] });
      continue;
    }
    if (verdict.kind === 'invalid') {
      bad.push({ index, status: verdict.status, isUnreadable: false, errors: verdict.errors });
      continue;
    }
    const { event } = verdict;
    const poisoned = poison.length > 0 && poisonOf(event, poison);
    if (poisoned) {
      bad.push(refused(index, poisoned.status, 'Invalid input'));
      continue;
    }
    if (event.uuid === undefined) {
      good.push(event);
      continue;
    }
    const key = `${event.uuid} ${event.eventName}`;
    const isTwin = inThisBatch.has(key);
    const firstReceivedAt = isTwin
      ? call.receivedAt
      : hub.uuids.acceptedAt(event.eventName, event.uuid, call.receivedAt);
    inThisBatch.add(key);
    if (firstReceivedAt === undefined) {
      good.push(event);
      continue;
    }
    duplicates.push({ event: { ...event, uuid: event.uuid }, firstReceivedAt });
    const status =
      isTwin && switches.duplicateInBatch === 'refuse-batch' ? 400 : switches.duplicateUuid;
    if (status !== 204)
      bad.push(refused(index, status, `An event with uuid ${event.uuid} already exists`));
  }
  return { good, duplicates, bad };
}

function poisonOf(event: ValidEvent, poison: readonly EventPoison[]): EventPoison | undefined {
  const met = poison.find((one) => one.matches(event));
  met?.spend();
  return met;
}

function refused(index: number, status: number, message: string): BadItem {
  const code = status === 409 ? 'CONFLICT' : 'INVALID_EVENT';
  return { index, status, isUnreadable: false, errors: [{ message, code }] };
}
