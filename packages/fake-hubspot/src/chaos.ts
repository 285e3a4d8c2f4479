import type { ConnectionFault, Fault, FaultEffect } from './faults.ts';

/** Shares of requests, each 0 to 1, together at most 1; the rest is answered as usual. */
export type ChaosRates = Readonly<Partial<Record<number | ConnectionFault | 'slow', number>>>;

export interface Chaos {
  /** The same seed draws the same sequence. */
  readonly seed: number;
  /** `{ 429: 0.1, 500: 0.05, reset: 0.05, 'drop-reply': 0.05 }` */
  readonly rates: ChaosRates;
  /** How long `slow` takes, at most. @default 200 */
  readonly latencyMs?: number;
  /** @default send and send/batch */
  readonly match?: Fault['match'];
}

/** Draws one effect per request. */
export function chaosEffects({
  seed,
  rates,
  latencyMs = 200,
}: Chaos): () => FaultEffect | undefined {
  const random = seededRandom(seed);
  const shares = Object.entries(rates).map(([name, rate = 0]) => ({ name, rate }));
  const total = shares.reduce((sum, { rate }) => sum + rate, 0);
  if (total > 1 + Number.EPSILON * 8)
    throw new RangeError(`chaos rates add up to ${total}; at most 1`);
  return () => {
    let point = random();
    for (const { name, rate } of shares) {
      if (point < rate) return effectOf(name, Math.round(latencyMs * random()));
      point -= rate;
    }
    return undefined;
  };
}

function effectOf(name: string, latencyMs: number): FaultEffect {
  if (name === 'slow') return { latencyMs };
  return /^\d+$/.test(name) ? { status: Number(name) } : { kind: name as ConnectionFault };
}

/** mulberry32, a public-domain generator by Tommy Ettinger: small, and the same in every runtime. */
function seededRandom(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
