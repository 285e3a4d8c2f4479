import type { Effect } from '../hubspot/effect.ts';

/** One event as the site meant it, and what became of it. Kept apart from everything that is judged by it. */
export interface TrackedEvent {
  readonly uuid: string;
  readonly eventName: string;
  readonly properties: Readonly<Record<string, string>>;
  readonly utk: string;
  readonly trackedAt: number;
  /** What HubSpot, or something before it, answers to every call with this event in it. Absent for an honest event. */
  readonly fate?: Effect;
  /** When a relay first took responsibility. */
  acknowledgedAt?: number;
  /** When it was counted at HubSpot. */
  appliedAt?: number;
  /** What the page was told: only what is final. */
  outcome?: string;
  /** Calls to HubSpot that it was in. */
  calls: number;
  /** A relay died while it may have been on its way, so that the relay may think so. */
  mayHaveBeenSent: boolean;
  /** The statuses that HubSpot refused it with, alone in a call. */
  readonly refusals: Refusal[];
  /** HubSpot refused it as if it were there already, though it is not, at a time when it might have been. */
  wasCalledDuplicate: boolean;
  /** How often a relay took it again after it had forgotten that it is at HubSpot: it counts it anew then. */
  resends: number;
  /** An operator deleted it, unless it had been delivered. */
  isRemoved: boolean;
  /** An operator made a dead letter of it. */
  isBuried: boolean;
}

export interface Refusal {
  readonly status: number;
  readonly message: string | undefined;
}

export interface Violation {
  readonly law: string;
  readonly message: string;
}

export interface Ledger {
  readonly events: ReadonlyMap<string, TrackedEvent>;
  /** Honest events that a relay is responsible for and that are not at HubSpot yet, the longest first. */
  readonly outstanding: ReadonlySet<TrackedEvent>;
  /** Honest events that are not at HubSpot yet, wherever they are. */
  readonly waiting: ReadonlySet<TrackedEvent>;
  /** Events at fault that a relay took and HubSpot did not. */
  readonly atFault: ReadonlySet<TrackedEvent>;
  /** When HubSpot last counted an event; the beginning when it has not. */
  lastAppliedAt(): number;
  track(event: Pick<TrackedEvent, 'uuid' | 'eventName' | 'properties' | 'utk' | 'fate'>): void;
  /** A page asks a relay to take events. */
  posted(body: string): void;
  /** A relay answered a page. */
  answered(body: string, status: number, text: string | null): void;
  /** A page was told the end of an event. */
  finished(uuid: string, outcome: string, detail?: string): void;
  /** HubSpot counts an event. */
  apply(event: TrackedEvent): void;
  /** An operator deletes it, wherever it is. */
  remove(uuid: string): void;
  /** An operator makes a dead letter of it. */
  bury(uuid: string): void;
  /** Nothing more is expected of it before the end. */
  giveUp(event: TrackedEvent): void;
  /** A relay died with whatever it had under way. */
  died(): void;
  /** The first broken law. */
  violation(): Violation | undefined;
  violate(law: string, message: string): void;
}

/** For so long a relay remembers what it delivered. */
const FORGOTTEN_MS = 24 * 3_600_000;

interface Sent {
  readonly events: readonly { readonly uuid: string }[];
}

interface PartialAnswer {
  readonly rejected?: readonly { readonly uuid: string; readonly code: string }[];
}

/** Who wants to hear of it. */
export interface LedgerTools {
  readonly now: () => number;
  readonly posted: (event: TrackedEvent) => void;
  readonly acknowledged: (event: TrackedEvent) => void;
  readonly applied: (event: TrackedEvent) => void;
}

export function createLedger(tools: LedgerTools): Ledger {
  const { now } = tools;
  const events = new Map<string, TrackedEvent>();
  const outstanding = new Set<TrackedEvent>();
  const waiting = new Set<TrackedEvent>();
  const atFault = new Set<TrackedEvent>();
  let lastAppliedAt = now();
  let violation: Violation | undefined;

  function violate(law: string, message: string): void {
    violation ??= { law, message };
  }

  function acknowledge(event: TrackedEvent): void {
    if (event.appliedAt !== undefined && now() - event.appliedAt >= FORGOTTEN_MS)
      event.resends += 1;
    if (event.acknowledgedAt !== undefined) return;
    event.acknowledgedAt = now();
    tools.acknowledged(event);
    // A page may hear only now that the relay has an event, which an operator has removed or buried meanwhile.
    const isHonest = event.fate === undefined && !event.isRemoved && !event.isBuried;
    if (isHonest && event.appliedAt === undefined) outstanding.add(event);
    else if (event.fate !== undefined) atFault.add(event);
  }

  function giveUp(event: TrackedEvent): void {
    outstanding.delete(event);
    waiting.delete(event);
    atFault.delete(event);
  }

  return {
    events,
    outstanding,
    waiting,
    atFault,
    lastAppliedAt: () => lastAppliedAt,
    track(given) {
      const event: TrackedEvent = {
        ...given,
        trackedAt: now(),
        calls: 0,
        mayHaveBeenSent: false,
        refusals: [],
        wasCalledDuplicate: false,
        resends: 0,
        isRemoved: false,
        isBuried: false,
      };
      events.set(event.uuid, event);
      if (event.fate === undefined) waiting.add(event);
    },
    posted(body) {
      for (const { uuid } of (JSON.parse(body) as Sent).events) {
        const event = events.get(uuid);
        if (event) tools.posted(event);
      }
    },
    answered(body, status, text) {
      if (status !== 200 && status !== 202 && status !== 204) return;
      const sent: Sent = JSON.parse(body);
      const { rejected = [] } = JSON.parse(text || '{}') as PartialAnswer;
      const codes = new Map(rejected.map(({ uuid, code }) => [uuid, code]));
      for (const { uuid } of sent.events) {
        const event = events.get(uuid);
        if (event === undefined) violate('known', `a page posted ${uuid}, which no page tracked`);
        else if (!codes.has(uuid)) acknowledge(event);
        else if (event.refusals.length === 0)
          violate(
            'true reason',
            `${uuid} was rejected (${codes.get(uuid)}), HubSpot never refused it`,
          );
      }
    },
    finished(uuid, outcome, detail) {
      const event = events.get(uuid);
      if (event === undefined) return;
      event.outcome = outcome;
      if (outcome === 'accepted') {
        if (event.acknowledgedAt === undefined)
          violate('acknowledged', `a page forgot ${uuid}, which no relay took`);
      } else if (outcome !== 'rejected' || event.refusals.length === 0)
        violate('kept by the page', `a page dropped ${uuid}: ${outcome} ${detail ?? ''}`);
    },
    apply(event) {
      event.appliedAt = now();
      lastAppliedAt = now();
      giveUp(event);
      tools.applied(event);
    },
    remove(uuid) {
      const event = events.get(uuid);
      if (event === undefined) return;
      event.isRemoved = true;
      giveUp(event);
    },
    bury(uuid) {
      const event = events.get(uuid);
      if (event === undefined) return;
      event.isBuried = true;
      giveUp(event);
    },
    giveUp,
    died() {
      for (const event of events.values())
        if (event.acknowledgedAt !== undefined && event.appliedAt === undefined)
          event.mayHaveBeenSent = true;
    },
    violation: () => violation,
    violate,
  };
}
