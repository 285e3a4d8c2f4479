import { resolve } from 'node:path';
import type { EnvReader } from '../../config/env-reader.ts';
import { outboxLimitsFromEnv } from '../../config/outbox-limits-from-env.ts';
import { DURABILITY, type Durability } from '../durability.ts';
import { fleetingDisk } from './fleeting-disk.ts';
import type { DurableStorage } from './queued-delivery.ts';

/** Opens the storage later, when the whole environment has been read and found right. */
export type OpenStorage = () => Promise<DurableStorage>;

export interface StorageSettings {
  /** Undefined for direct delivery. */
  readonly openStorage: OpenStorage | undefined;
  readonly durability: Durability;
  /** What makes the storage less durable than its class. @default nothing */
  readonly storageWarning?: () => string | undefined;
}

/** Only what is used is loaded: the driver of a database that is not there costs several megabytes. */
export function storageFromEnv(env: EnvReader): StorageSettings {
  const delivery = env.oneOf('DELIVERY', 'queued', ['queued', 'direct']);
  const connectionString = env.postgresUrl('DATABASE_URL');
  const givenPath = env.text('OUTBOX_PATH');
  const limits = outboxLimitsFromEnv(env);
  if (connectionString && givenPath) {
    env.refuse('OUTBOX_PATH', 'is set beside DATABASE_URL: keep the file or the database');
  }

  if (delivery === 'direct') return { openStorage: undefined, durability: DURABILITY.direct };
  if (connectionString) {
    const openStorage = async () => {
      const { openPostgresOutbox } = await import('../../outbox/postgres/postgres-outbox.ts');
      return {
        outbox: await openPostgresOutbox({ connectionString, ...limits }),
        // A database that cannot be reached shows in the outbox's own answers.
        problem: async () => undefined,
      };
    };
    return { openStorage, durability: DURABILITY.postgres };
  }
  const path = resolve(givenPath ?? 'hubrelay.db');
  const openStorage = async () => {
    const { openSqliteOutbox } = await import('../../outbox/sqlite/sqlite-outbox.ts');
    const outbox = await openSqliteOutbox({ path, ...limits });
    return { outbox, problem: () => outbox.problem() };
  };
  return { openStorage, durability: DURABILITY.sqlite, storageWarning: () => fleetingDisk(path) };
}
