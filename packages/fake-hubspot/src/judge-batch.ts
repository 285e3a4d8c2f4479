import type { ErrorDetail } from './errors.ts';
import type { Exchange } from './exchange.ts';
import type { EventPoison } from './faults.ts';
import type { Hub } from './hub.ts';
import { type ValidEvent, type Verdict, validateEvent } from './validate-event.ts';

/** An event whose uuid was accepted before. */
export interface SeenEvent {
  readonly event: ValidEvent & { readonly uuid: string };
  readonly firstReceivedAt: number;
  /** The first one stands in the same batch. */
  readonly isTwin: boolean;
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

/** Decides for each event of a request whether HubSpot takes it. Changes nothing but the count of a poison fault. */
export function judgeBatch(
  inputs: readonly unknown[],
  hub: Hub,
  { call, poison }: Pick<Exchange, 'call' | 'poison'>,
): BatchJudgement {
  const rules = hub.rules(call.receivedAt);
  const good: ValidEvent[] = [];
  const duplicates: SeenEvent[] = [];
  const bad: BadItem[] = [];
  const inThisBatch = new Set<string>();

  for (const [index, input] of inputs.entries()) {
    const verdict = validateEvent(input, rules);
    if (verdict.kind !== 'valid') {
      bad.push(badItem(index, verdict));
      continue;
    }
    const { event } = verdict;
    const poisoned = poisonOf(event, poison);
    if (poisoned) {
      bad.push(refused(index, poisoned.status, refusalOf(event)));
      continue;
    }
    const seen = seenBefore(event, hub, call.receivedAt, inThisBatch);
    if (!seen) {
      good.push(event);
      continue;
    }
    duplicates.push(seen);
    const status = duplicateStatus(seen, hub);
    if (status !== 204) {
      bad.push(refused(index, status, `An event with uuid ${seen.event.uuid} already exists`));
    }
  }
  return { good, duplicates, bad };
}

/** Notes the event in `inThisBatch`; tells whether it was there, or was accepted within the last year. */
function seenBefore(
  event: ValidEvent,
  { uuids }: Hub,
  now: number,
  inThisBatch: Set<string>,
): SeenEvent | undefined {
  const { uuid, eventName } = event;
  if (uuid === undefined) return undefined;
  const key = `${uuid} ${eventName}`;
  const isTwin = inThisBatch.has(key);
  inThisBatch.add(key);
  const firstReceivedAt = isTwin ? now : uuids.acceptedAt(eventName, uuid, now);
  return firstReceivedAt === undefined
    ? undefined
    : { event: { ...event, uuid }, firstReceivedAt, isTwin };
}

function duplicateStatus({ isTwin }: SeenEvent, { config }: Hub): number {
  const { duplicateInBatch, duplicateUuid } = config.switches;
  return isTwin && duplicateInBatch === 'refuse-batch' ? 400 : duplicateUuid;
}

function badItem(index: number, verdict: Exclude<Verdict, { kind: 'valid' }>): BadItem {
  return verdict.kind === 'unreadable'
    ? { index, status: 400, isUnreadable: true, errors: [{ message: verdict.reason }] }
    : { index, status: verdict.status, isUnreadable: false, errors: verdict.errors };
}

function poisonOf(event: ValidEvent, poison: readonly EventPoison[]): EventPoison | undefined {
  const met = poison.find((one) => one.matches(event));
  met?.spend();
  return met;
}

/** What HubSpot says of a value is about a property, where there is one. */
function refusalOf({ properties }: ValidEvent): string {
  const [first] = Object.entries(properties).filter(([name]) => !name.startsWith('hs_'));
  if (!first) return 'Invalid input';
  const [name, value] = first;
  return `Property "${name}" does not take the value "${value}"`;
}

function refused(index: number, status: number, message: string): BadItem {
  const code = status === 409 ? 'CONFLICT' : 'INVALID_EVENT';
  return { index, status, isUnreadable: false, errors: [{ message, code }] };
}
