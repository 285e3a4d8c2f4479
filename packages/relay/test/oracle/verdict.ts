import type { FakeHubSpot, ReceivedEvent } from '@hubrelay/fake-hubspot';
import type { DeadLetter, Outbox, OutboxStats } from '../../src/outbox/outbox.ts';
import type { SentEvent } from './sender.ts';

/** What became of every obligation: an event that a relay said is safe. */
export interface Verdict {
  readonly obligations: number;
  readonly delivered: number;
  readonly dead: number;
  /** Neither at HubSpot, nor a dead letter with a reason, nor pending. */
  readonly lost: number;
  /** Still pending when the calm was over. */
  readonly waiting: number;
  /** Counted more than once, or at HubSpot and a dead letter at the same time. */
  readonly duplicated: number;
  /** At HubSpot with another payload. */
  readonly altered: number;
  /** At HubSpot although no client sent it. */
  readonly unknown: number;
  /** A good event that is a dead letter. */
  readonly wronglyDead: number;
  /** Events that reached HubSpot again under their uuid, and were not counted again. */
  readonly resent: number;
  /** Whether accepted = delivered + dead + pending + removed in the outbox, with nothing pending. */
  readonly isBalanced: boolean;
  /** One line per event that is not as it should be. */
  readonly findings: readonly string[];
}

export interface Evidence {
  readonly sent: ReadonlyMap<string, SentEvent>;
  readonly acknowledged: ReadonlySet<string>;
  readonly hubspot: FakeHubSpot;
  readonly outbox: Outbox;
  /** How far the relays' clocks were from ours at most, milliseconds. */
  readonly maxClockOffsetMs: number;
}

export async function judge(evidence: Evidence): Promise<Verdict> {
  const { sent, acknowledged, hubspot, outbox, maxClockOffsetMs } = evidence;
  const arrived = Map.groupBy(hubspot.received(), ({ uuid }) => uuid);
  const letters = new Map((await allDead(outbox)).map((letter) => [letter.event.uuid, letter]));
  const pending = await allPending(outbox);
  const findings: string[] = [];
  const count = { lost: 0, waiting: 0, duplicated: 0, altered: 0, unknown: 0, wronglyDead: 0 };

  function find(kind: keyof typeof count, uuid: string, detail: unknown = ''): void {
    count[kind] += 1;
    findings.push(`${kind} ${uuid} ${JSON.stringify(detail)}`);
  }

  for (const uuid of acknowledged) {
    const copies = arrived.get(uuid)?.length ?? 0;
    const letter = letters.get(uuid);
    if (copies === 0 && letter?.error.message === undefined)
      find(pending.has(uuid) ? 'waiting' : 'lost', uuid);
    if (copies + (letter ? 1 : 0) > 1) find('duplicated', uuid, { copies, letter });
    if (letter && !sent.get(uuid)?.isPoison) find('wronglyDead', uuid, letter);
  }
  for (const [uuid, [event]] of arrived) {
    const original = sent.get(uuid);
    if (original === undefined) find('unknown', uuid, event);
    else if (event && !isSame(event, original, maxClockOffsetMs)) find('altered', uuid, event);
  }

  const stats = await outbox.stats();
  return {
    obligations: acknowledged.size,
    delivered: arrived.size,
    dead: letters.size,
    ...count,
    resent: hubspot.count().duplicates,
    isBalanced: isBalanced(stats),
    findings,
  };
}

/** The relay moves `occurredAt` by the difference between the page's clock and its own. */
function isSame(event: ReceivedEvent, original: SentEvent, toleranceMs: number): boolean {
  const expected = Object.entries(original.properties).map(([name, value]) => [name, `${value}`]);
  const movedMs = Math.abs(Date.parse(event.occurredAt) - original.occurredAt);
  return (
    event.eventName === original.eventName &&
    event.utk === original.utk &&
    movedMs <= toleranceMs &&
    JSON.stringify(Object.entries(event.properties).toSorted()) ===
      JSON.stringify(expected.toSorted())
  );
}

function isBalanced({ accepted, delivered, dead, pending, removed }: OutboxStats): boolean {
  return pending === 0 && accepted === delivered + dead + removed;
}

async function allPending(outbox: Outbox): Promise<Set<string>> {
  const uuids = new Set<string>();
  let cursor: string | undefined;
  do {
    const page = await outbox.listPending({ limit: 500, ...(cursor !== undefined && { cursor }) });
    for (const { event } of page.items) uuids.add(event.uuid);
    cursor = page.next;
  } while (cursor !== undefined);
  return uuids;
}

async function allDead(outbox: Outbox): Promise<DeadLetter[]> {
  const letters: DeadLetter[] = [];
  let cursor: string | undefined;
  do {
    const page = await outbox.listDead({ limit: 500, ...(cursor !== undefined && { cursor }) });
    letters.push(...page.items);
    cursor = page.next;
  } while (cursor !== undefined);
  return letters;
}
