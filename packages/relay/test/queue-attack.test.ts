import { expect, test } from 'vitest';
import { percentile, type Verdict } from './support/attacked.ts';
import { attackQueue } from './support/attacked-queue.ts';
import { verdicts } from './support/verdicts.ts';

// The attacks of delivery-attack.test.ts on the consumer of a Cloudflare queue, which is handed batches as Cloudflare does it.

test.each(verdicts)(
  'half of all events, which HubSpot answers with %s, delay no other in a queue',
  async (_, verdict) => {
    const run = await attackQueue({ verdict, poison: 'half', seconds: 100 });
    expect(run.waits.length).toBeGreaterThan(250);
    expect(percentile(run.waits, 0.99)).toBeLessThanOrEqual(5000);
    expect(run.arrived).toBe(run.honest);
  },
);

const hang = 'hang' as Verdict;
const failing: Verdict = { kind: 'response', status: 500 };

test.each([
  ['no answer', hang, 1000, {}],
  ['500', failing, 1000, {}],
  ['no answer', hang, 100, { isolates: 1, concurrency: 1 }],
  ['no answer', hang, 1000, { isolates: 2, concurrency: 2 }],
] as const)(
  'events that get %s, however few batches are under way at once, delay no other (%#)',
  async (_, verdict, poison, how) => {
    const run = await attackQueue({ verdict, poison, seconds: 100, ...how });
    expect(percentile(run.waits, 0.99)).toBeLessThanOrEqual(5000);
    expect(run.arrived).toBe(run.honest);
  },
);
