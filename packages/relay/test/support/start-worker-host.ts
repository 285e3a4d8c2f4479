import { join } from 'node:path';
import { createTestHarness } from 'wrangler';
import '../../../../e2e/quiet-wrangler.ts';
import type { RunningHost } from '../hosts/host-contract.ts';

const EXAMPLES = join(import.meta.dirname, '../../../../examples');

// The example is bundled from the packages' sources, so that no test can pass on a stale build.
process.env.WRANGLER_BUILD_CONDITIONS = 'hubrelay-source,workerd,worker,browser';

/** Runs the Cloudflare example in workerd, as its wrangler.toml says, with these variables. */
export async function startWorkerHost(
  variables: Record<string, string>,
  example = 'cloudflare',
): Promise<RunningHost> {
  const { HUBSPOT_ACCESS_TOKEN, ...vars } = variables;
  const harness = createTestHarness({
    workers: [
      {
        configPath: join(EXAMPLES, example, 'wrangler.toml'),
        vars,
        ...(HUBSPOT_ACCESS_TOKEN && { secrets: { HUBSPOT_ACCESS_TOKEN } }),
      },
    ],
  });
  const { url } = await harness.listen();
  return {
    url: url.origin,
    output: () => JSON.stringify(harness.getLogs()),
    stop: () => harness.close(),
  };
}
