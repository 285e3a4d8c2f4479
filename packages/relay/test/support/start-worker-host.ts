import { join } from 'node:path';
import { createTestHarness, type TestHarness, type TestHarnessOptions } from 'wrangler';
import '../../../../e2e/quiet-wrangler.ts';
import type { RunningHost } from '../hosts/host-contract.ts';

const EXAMPLES = join(import.meta.dirname, '../../../../examples');

// The example is bundled from the packages' sources, so that no test can pass on a stale build.
process.env.WRANGLER_BUILD_CONDITIONS = 'hubrelay-source,workerd,worker,browser';

export interface WorkerHost extends RunningHost {
  /** As from Cloudflare's edge: `cf` says what the platform knows of the client. */
  readonly fetch: TestHarness['fetch'];
}

/** Runs the Cloudflare example in workerd, as its wrangler.toml says, with these variables. */
export function startWorkerHost(
  variables: Record<string, string>,
  example = 'cloudflare',
): Promise<WorkerHost> {
  const { HUBSPOT_ACCESS_TOKEN, ...vars } = variables;
  return start({
    configPath: join(EXAMPLES, example, 'wrangler.toml'),
    vars,
    ...(HUBSPOT_ACCESS_TOKEN && { secrets: { HUBSPOT_ACCESS_TOKEN } }),
  });
}

/** Runs the same Worker with limits of the platform that the test chooses: requests of each binding in a minute. */
export function startLimitedWorkerHost(
  vars: Record<string, string>,
  limits: Readonly<Record<string, number>>,
): Promise<WorkerHost> {
  const ratelimits = Object.entries(limits).map(([name, limit], index) => ({
    name,
    namespace_id: String(index + 1),
    simple: { limit, period: 60 as const },
  }));
  const main = join(EXAMPLES, 'cloudflare', 'worker.ts');
  return start({
    config: { name: 'limited', main, compatibility_date: '2026-10-01', vars, ratelimits },
  });
}

/** The example with queues, whose messages are hours old when they come out of one. */
export function startAgedQueuesHost(vars: Record<string, string>): Promise<WorkerHost> {
  const queues = ['hubrelay-events', 'hubrelay-dead-letters'];
  return start({
    config: {
      name: 'aged',
      main: join(import.meta.dirname, 'aged-queues-worker.ts'),
      compatibility_date: '2026-10-01',
      vars,
      queues: {
        producers: [
          { binding: 'EVENT_QUEUE', queue: 'hubrelay-events' },
          { binding: 'DEAD_LETTER_QUEUE', queue: 'hubrelay-dead-letters' },
        ],
        consumers: queues.map((queue) => ({ queue, max_batch_timeout: 1, max_retries: 100 })),
      },
      d1_databases: [{ binding: 'DEAD_LETTERS', database_name: 'aged', database_id: 'aged' }],
    },
  });
}

async function start(worker: TestHarnessOptions['workers'][number]): Promise<WorkerHost> {
  const harness = createTestHarness({ workers: [worker] });
  const { url } = await harness.listen();
  return {
    url: url.origin,
    output: () => JSON.stringify(harness.getLogs()),
    stop: () => harness.close(),
    fetch: harness.fetch,
  };
}
