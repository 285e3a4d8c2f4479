import type { FakeHubSpot, FaultEffect } from '@hubrelay/fake-hubspot';
import type { Random } from './random.ts';

/** What HubSpot and the network before it do to a share of the calls, or to all of them. */
const effects: readonly FaultEffect[] = [
  { status: 429 },
  { status: 429, retryAfter: 1 },
  { status: 429, body: { policyName: 'SECONDLY', errorType: 'RATE_LIMIT' } },
  { status: 477, retryAfter: 1 },
  { status: 500 },
  { status: 502 },
  { status: 503, retryAfter: 1 },
  { status: 401 },
  { status: 403 },
  { status: 423 },
  { status: 307 },
  { kind: 'reset' },
  { kind: 'drop-reply' },
  { kind: 'hang' },
  { kind: 'hang-reply' },
  { kind: 'truncate' },
  { latencyMs: 300 },
];

/** Makes HubSpot hostile in one to three ways. @returns the end of it */
export function makeHostile(hubspot: FakeHubSpot, random: Random): () => void {
  const undos = Array.from({ length: random.integer(1, 3) }, () => {
    const effect = random.pick(effects);
    const isTotal = random.chance(0.2);
    return hubspot.fail({ ...effect, match: isTotal ? isSend : sometimes(random) });
  });
  hubspot.change({
    duplicateUuid: random.pick([204, 400, 409] as const),
    badItem: random.pick(['atomic', 'partial'] as const),
  });
  return () => {
    for (const undo of undos) undo();
  };
}

function isSend({ path }: { readonly path: string }): boolean {
  return /\/send(\/batch)?$/.test(path);
}

function sometimes(random: Random) {
  const share = random.pick([0.1, 0.3, 0.6]);
  return (call: { readonly path: string }) => isSend(call) && random.chance(share);
}
