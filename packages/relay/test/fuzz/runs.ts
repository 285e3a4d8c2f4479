import fc from 'fast-check';

/** How many inputs a fuzz run tries; `npm run fuzz -- --runs N` sets it. */
export const RUNS = Number(process.env.FUZZ_RUNS ?? 800);

/** A run of 100,000 takes as long as it takes. */
export const TIMEOUT_MS = 120_000 + RUNS * 300;

/** Requests on their way at once. A host waits some seconds for the rest of a body that was cut short. */
const LANES = 16;

/**
 * Tries `runs` inputs, many at once. Each lane draws from a seed of its own, which a failure prints: `--seed` repeats it in the
 * first lane.
 */
export async function forEachInput<T>(
  inputs: fc.Arbitrary<T>,
  runs: number,
  tryInput: (input: T) => Promise<void>,
): Promise<void> {
  const seed = fc.readConfigureGlobal().seed ?? 1;
  const numRuns = Math.ceil(runs / LANES);
  const lanes = Array.from({ length: LANES }, (_, lane) =>
    fc.assert(fc.asyncProperty(inputs, tryInput), {
      numRuns,
      seed: seed + lane,
      endOnFailure: true,
    }),
  );
  await Promise.all(lanes);
}
