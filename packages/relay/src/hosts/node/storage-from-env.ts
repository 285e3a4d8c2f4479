import { resolve } from 'node:path';
import type { EnvReader } from '../../config/env-reader.ts';
import { outboxLimitsFromEnv } from '../../config/outbox-limits-from-env.ts';
import type { DurableStorage } from './queued-delivery.ts';

/** Opens the storage later, when the whole environment has been read and found right. */
export type OpenStorage = () => Promise<DurableStorage>;

/**
 * Only what is used is loaded: the driver of a database that is not there costs several megabytes.
 * @returns undefined for direct delivery
 */
export function storageFromEnv(env: EnvReader): OpenStorage | undefined {
  const delivery = env.oneOf('DELIVERY', 'queued', ['queued', 'direct']);
  const connectionString = env.postgresUrl('DATABASE_URL');
  const givenPath = env.text('OUTBOX_PATH');
  const limits = outboxLimitsFromEnv(env);
  if (connectionString && givenPath) {
    env.refuse('OUTBOX_PATH', 'is set beside DATABASE_URL: keep the file or the database');
  }

  if (delivery === 'direct') return undefined;
  if (connectionString) {
    return async () => {
      const { openPostgresOutbox } = await import('../../outbox/postgres/postgres-outbox.ts');
      return {
        outbox: await openPostgresOutbox({ connectionString, ...limits }),
        // A database that cannot be reached shows in the outbox's own answers.
        problem: async () => undefined,
      };
    };
  }
  const path = resolve(givenPath ?? 'hubrelay.db');
  return async () => {
    const { openSqliteOutbox } = await import('../../outbox/sqlite/sqlite-outbox.ts');
    const outbox = await openSqliteOutbox({ path, ...limits });
    return { outbox, problem: () => outbox.problem() };
  };
}
