import { join } from 'node:path';
import { defineConfig } from 'vitest/config';

const conditions = ['hubrelay-source', 'node'];

/** The outbox contract in other runtimes: sqlite.test.ts starts it. */
export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    root: import.meta.dirname,
    setupFiles: [join(import.meta.dirname, '../../../../scripts/repeatable.ts')],
    include: ['sqlite-contract.ts'],
    testTimeout: 60_000,
  },
});
