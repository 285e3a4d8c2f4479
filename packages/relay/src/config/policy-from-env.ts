import { anyEventPolicy } from '../policy/any-event.ts';
import { type EventsLock, type LockIssue, parseLock } from '../policy/lock.ts';
import { lockPolicy } from '../policy/lock-policy.ts';
import type { Policy } from '../policy/policy.ts';
import type { EnvReader } from './env-reader.ts';

/** What the policy decides about the relay. */
export interface PolicySettings {
  readonly policy: Policy;
  /** Of the lock, or of the environment. */
  readonly hubId?: string;
}

/**
 * Reads which events are let through: those of the lock, or all when the owner says so. There is no silent default, because
 * a relay on the internet without a policy lets anyone write any event.
 * @param lock a lock that the host has at hand; otherwise `EVENTS_LOCK` names the file
 */
export function policyFromEnv(env: EnvReader, lock?: unknown): PolicySettings {
  const hubId = hubIdFrom(env);
  const strict = env.flag('POLICY_STRICT');
  const given = lock ?? lockFrom(env);
  const letAll = env.oneOf('EVENTS', 'locked', ['*', 'locked']) === '*';
  const anyEvent = { policy: anyEventPolicy(hubId), ...(hubId && { hubId }) };

  if (given === undefined) {
    if (!letAll && !env.text('EVENTS_LOCK')) env.missing('EVENTS_LOCK', NO_POLICY);
    if (letAll && env.text('HUBSPOT_HUB_ID') === undefined)
      env.missing('HUBSPOT_HUB_ID', NO_HUB_ID);
    return anyEvent;
  }
  if (letAll) env.refuse('EVENTS', 'is "*" beside a lock: keep EVENTS=* or the lock, not both');
  const parsed = parseLock(given);
  if (!parsed.ok) {
    for (const issue of telling(parsed.issues)) env.refuse('EVENTS_LOCK', lockProblem(issue));
    return anyEvent;
  }
  if (hubId && hubId !== parsed.lock.hubId) {
    env.refuse('HUBSPOT_HUB_ID', `is ${hubId}, but the lock is of ${parsed.lock.hubId}`);
  }
  return { policy: lockPolicy(parsed.lock, { strict }), hubId: parsed.lock.hubId };
}

/** What is no lock of this version has many faults, and all of them are one. */
function telling(issues: readonly LockIssue[]): readonly LockIssue[] {
  const ofVersion = issues.filter(({ path }) => path === 'version');
  return ofVersion.length > 0 ? ofVersion : issues.slice(0, 10);
}

function lockProblem({ path, message }: LockIssue): string {
  return `is not a lock file that this relay can read (${path || 'it'} ${message}): write it with "hubrelay pull"`;
}

const NO_POLICY =
  'name the file that "hubrelay pull" wrote (a Worker imports it), or set EVENTS=* to let every well-formed event through';

const NO_HUB_ID =
  'write the digits that HubSpot shows in the account menu; without them no event with a short name, such as signup, can be sent';

function lockFrom(env: EnvReader): unknown {
  const text = env.file('EVENTS_LOCK');
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text) as EventsLock;
  } catch {
    env.refuse(
      'EVENTS_LOCK',
      'names a file that is not JSON: name the one that "hubrelay pull" wrote',
    );
    return undefined;
  }
}

function hubIdFrom(env: EnvReader): string | undefined {
  const hubId = env.text('HUBSPOT_HUB_ID');
  if (hubId === undefined || /^\d{1,20}$/.test(hubId)) return hubId;
  env.refuse(
    'HUBSPOT_HUB_ID',
    `is "${hubId}": write digits only, as HubSpot shows them in the account menu`,
  );
  return undefined;
}
