import type { FakeHubSpot, Fault } from '@hubrelay/fake-hubspot';

/** A switch of the inspector: what to ask of the fake, and how to say it. */
export interface FaultSwitch {
  readonly id: FaultId;
  readonly label: string;
  readonly hint: string;
}

export type FaultId = keyof typeof FAULTS;

/** A switch that is on. It goes off by itself at `until`, or when the fake has met `left` requests. */
export interface ActiveFault {
  readonly id: FaultId;
  /** Epoch milliseconds. */
  readonly until?: number;
}

interface Recipe {
  readonly label: string;
  readonly hint: string;
  readonly fault: Omit<Fault, 'untilMs'>;
  readonly forMs?: number;
}

const FAULTS = {
  outage: {
    label: '503 for 10 s',
    hint: 'HubSpot is down, as in a deployment of theirs',
    fault: { status: 503 },
    forMs: 10_000,
  },
  hiccup: {
    label: '503 once',
    hint: 'The next call fails, the one after it does not',
    fault: { status: 503, times: 1 },
  },
  rate_limit: {
    label: '429, Retry-After 3 s',
    hint: 'HubSpot asks for a pause',
    // The relay waits as long as the limit it is told of lasts, and never less than Retry-After.
    fault: { status: 429, retryAfter: 3, policyName: 'SECONDLY' },
    forMs: 3_000,
  },
  unauthorized: {
    label: '401',
    hint: 'The key was revoked: no event is at fault, so none may be lost',
    fault: { status: 401 },
  },
  slow: {
    label: 'Slow, 3 s',
    hint: 'Every answer takes three seconds',
    fault: { latencyMs: 3_000 },
  },
  reset: {
    label: 'Connection reset',
    hint: 'The next call is cut off before HubSpot reads it',
    fault: { kind: 'reset', times: 1 },
  },
  dropped: {
    label: 'Lost reply',
    hint: 'HubSpot takes the next event and its reply is lost: the retry must not count twice',
    fault: { kind: 'drop-reply', times: 1 },
  },
  refuse: {
    label: 'Refuse the next event',
    hint: 'HubSpot answers 400 and names a property: this event can never be delivered',
    fault: { poison: () => true, times: 1 },
  },
} as const satisfies Readonly<Record<string, Recipe>>;

const recipes: Readonly<Record<FaultId, Recipe>> = FAULTS;

const FAULT_SWITCHES: readonly FaultSwitch[] = Object.entries(recipes).map(
  ([id, { label, hint }]) => ({ id: id as FaultId, label, hint }),
);

export interface FaultPanel {
  readonly switches: readonly FaultSwitch[];
  active(): ActiveFault[];
  /** On when it was off, off when it was on. @returns false when there is no such switch */
  toggle(id: string): boolean;
  clear(): void;
}

/** The switches, connected to the fake. `changed` hears of every change, also of those that come by themselves. */
export function createFaultPanel(
  hubspot: Pick<FakeHubSpot, 'fail' | 'requests' | 'subscribe'>,
  changed: () => void,
): FaultPanel {
  const on = new Map<FaultId, { until?: number; stop: () => void }>();

  function off(id: FaultId): void {
    on.get(id)?.stop();
    if (on.delete(id)) changed();
  }

  function start(id: FaultId): void {
    const { fault, forMs } = recipes[id];
    const until = forMs === undefined ? undefined : Date.now() + forMs;
    const undo = hubspot.fail({ ...fault, ...(until !== undefined && { untilMs: until }) });
    const timer = forMs === undefined ? undefined : setTimeout(() => off(id), forMs);
    const stop = () => {
      undo();
      clearTimeout(timer);
    };
    on.set(id, { ...(until !== undefined && { until }), stop });
    changed();
  }

  // A fault that meets one request is over when the fake says that it met it.
  hubspot.subscribe((activity) => {
    if (activity.type !== 'request') return;
    for (const id of on.keys()) {
      const { fault } = recipes[id];
      if (fault.times === 1 && hasMet(fault, activity.request)) off(id);
    }
  });

  return {
    switches: FAULT_SWITCHES,
    active: () => [...on].map(([id, { until }]) => ({ id, ...(until !== undefined && { until }) })),
    toggle(id) {
      if (!isFaultId(id)) return false;
      if (on.has(id)) off(id);
      else start(id);
      return true;
    },
    clear() {
      for (const id of [...on.keys()]) off(id);
    },
  };
}

function hasMet(
  { status, kind, poison }: Fault,
  request: { readonly status: number; readonly fault?: string },
): boolean {
  if (poison !== undefined) return request.status === 400;
  return request.fault === String(kind ?? status);
}

function isFaultId(id: string): id is FaultId {
  return Object.hasOwn(FAULTS, id);
}
