import { setTimeout as sleep } from 'node:timers/promises';
import { type EnvReader, Redacted } from '@hubrelay/relay';
import { pull } from '../pull/pull.ts';
import { type Finding, fail, ok, unknown, warn } from './finding.ts';

const CHECK = 'Event definitions';

/** Whether the lock says what HubSpot has now. Writes nothing. */
export async function checkLock(env: EnvReader): Promise<Finding> {
  const lockPath = env.text('EVENTS_LOCK');
  const token = env.secret('HUBSPOT_DEFINITIONS_TOKEN');
  if (lockPath === undefined) {
    return unknown(
      CHECK,
      'without EVENTS_LOCK a misspelt event name is refused by HubSpot only',
      'hubrelay pull writes a lock; hubrelay dead list shows what HubSpot has refused.',
    );
  }
  if (token === undefined) {
    const fix = 'Set HUBSPOT_DEFINITIONS_TOKEN, or run hubrelay pull --check in CI.';
    return unknown(CHECK, 'HUBSPOT_DEFINITIONS_TOKEN is not set, so HubSpot cannot be asked', fix);
  }
  const compared = await pull({
    token: new Redacted(token),
    baseUrl: env.safeUrl('HUBSPOT_BASE_URL') ?? 'https://api.hubapi.com',
    apiVersion: env.oneOf('HUBSPOT_API_VERSION', 'v3', ['v3', '2026-03', '2026-09']),
    hubId: env.text('HUBSPOT_HUB_ID'),
    lockPath,
    typesPath: 'events.d.ts',
    pageSize: 100,
    fetch,
    sleep: (ms: number) => sleep(ms),
    random: Math.random,
  });
  if (!compared.ok) {
    return fail(CHECK, compared.problem, 'The lock cannot be compared with HubSpot.', PULL);
  }
  const { changes, lock } = compared;
  if (changes.length === 0) {
    return ok(CHECK, `${Object.keys(lock.events).length} events, as in ${lockPath}`);
  }
  const shown = changes.slice(0, 10).join('; ');
  const more = changes.length > 10 ? `; and ${changes.length - 10} more` : '';
  return warn(
    CHECK,
    `HubSpot is not as ${lockPath} says: ${shown}${more}`,
    'The relay refuses what is new, and HubSpot refuses what is gone.',
    PULL,
  );
}

const PULL = 'hubrelay pull, then commit the lock and restart the relay.';
