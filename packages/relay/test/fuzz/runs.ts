/** How many inputs a fuzz run tries; `npm run fuzz -- --runs N` sets it. */
export const RUNS = Number(process.env.FUZZ_RUNS ?? 800);

/** A run of 100,000 takes as long as it takes. */
export const TIMEOUT_MS = 120_000 + RUNS * 300;
