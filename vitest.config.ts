import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';
import { LongestFirst } from './scripts/longest-first.ts';

// Workspace packages are read from their sources, so that no test can pass on a stale build.
const conditions = ['hubrelay-source', 'node'];
const fromSource = { resolve: { conditions }, ssr: { resolve: { conditions } } };

// No test is about time: these end the ones that hang, and a slow machine that runs several at once is not among them.
const patience = {
  testTimeout: 240_000,
  hookTimeout: 240_000,
  expect: { poll: { timeout: 60_000 } },
};

export default defineConfig({
  test: {
    sequence: { sequencer: LongestFirst },
    // What a runtime writes is for a test that fails.
    silent: 'passed-only',
    projects: [
      {
        ...fromSource,
        test: {
          name: 'unit',
          setupFiles: ['scripts/repeatable.ts'],
          include: ['packages/*/src/**/*.test.ts', 'scripts/**/*.test.ts'],
          // Vitest leaves one CPU to itself unless told otherwise.
          maxWorkers: '100%',
          // They leave nothing behind, and loading 200 modules for each file takes as long as the tests.
          isolate: false,
          sequence: { groupOrder: 0 },
          ...patience,
        },
      },
      {
        ...fromSource,
        // Real runtimes, databases and child processes: slower than a unit, and they need `npm run build` first.
        test: {
          name: 'integration',
          setupFiles: ['scripts/repeatable.ts'],
          include: [
            'packages/*/test/**/*.test.ts',
            'examples/**/*.test.ts',
            'simulator/**/*.test.ts',
          ],
          // More than there are CPUs: these wait for other processes most of the time.
          maxWorkers: Math.ceil(availableParallelism() * 1.5),
          sequence: { groupOrder: 1 },
          ...patience,
        },
      },
    ],
  },
});
