import { defineConfig } from 'vitest/config';

// Workspace packages are read from their sources, so that no test can pass on a stale build.
const conditions = ['hubrelay-source', 'node'];
const fromSource = { resolve: { conditions }, ssr: { resolve: { conditions } } };

export default defineConfig({
  test: {
    projects: [
      {
        ...fromSource,
        test: {
          name: 'unit',
          setupFiles: ['scripts/repeatable.ts'],
          include: ['packages/*/src/**/*.test.ts', 'scripts/**/*.test.ts'],
        },
      },
      {
        ...fromSource,
        // Real runtimes, databases and child processes: slower than a unit, and they need `npm run build` first.
        test: {
          name: 'integration',
          setupFiles: ['scripts/repeatable.ts'],
          include: ['packages/*/test/**/*.test.ts', 'examples/**/*.test.ts'],
          testTimeout: 60_000,
          hookTimeout: 60_000,
          expect: { poll: { timeout: 15_000 } },
        },
      },
    ],
  },
});
