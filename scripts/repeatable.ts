import fc from 'fast-check';

/**
 * Property tests draw the same inputs in every run, so that a red run stays red until it is fixed. `FUZZ_SEED` draws
 * others; `npm run fuzz` and `npm run oracle` look further.
 */
fc.configureGlobal({ seed: Number(process.env.FUZZ_SEED ?? 1) });
