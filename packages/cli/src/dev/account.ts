import {
  createFakeHubSpot,
  type FakeHubSpot,
  type RunningFakeHubSpot,
  startFakeHubSpot,
} from '@hubrelay/fake-hubspot';
import {
  accessToken,
  anyEventPolicy,
  createHubSpotClient,
  type EventsLock,
  type HubSpotClient,
  type Policy,
  type Redacted,
} from '@hubrelay/relay';
import { CommandError } from '../cli-command.ts';
import { withFreePort } from '../demo/listen-near.ts';
import { definitionsOf } from './definitions-of.ts';
import { type LockInUse, useLock } from './lock-in-use.ts';

/** A real account that events go to. */
export interface Forward {
  readonly token: Redacted;
  /** Needed where there is no lock, for short event names. */
  readonly hubId?: string | undefined;
  readonly baseUrl?: string | undefined;
  readonly apiVersion?: 'v3' | '2026-03' | '2026-09' | undefined;
}

export interface AccountOptions {
  /** Of the fake HubSpot. */
  readonly port: number;
  readonly lockPath?: string | undefined;
  readonly forward?: Forward | undefined;
  readonly say: (line: string) => void;
}

/** The HubSpot account at the end of the way: the fake one, or a real one. */
export interface Account {
  readonly hubId: string;
  /** Where events go. */
  readonly url: string;
  readonly policy: Policy;
  /** Absent for the fake, whose client is the observed relay's own. */
  readonly client?: HubSpotClient;
  /** What the inspector listens to; silent where events go to a real account. */
  readonly fake: FakeHubSpot;
  close(): Promise<void>;
}

export async function openAccount(options: AccountOptions): Promise<Account> {
  const lockInUse =
    options.lockPath === undefined ? undefined : followLock(options.lockPath, options.say);
  try {
    return options.forward
      ? realAccount(options.forward, lockInUse)
      : await fakeAccount(options.port, lockInUse);
  } catch (error) {
    lockInUse?.close();
    throw error;
  }
}

interface FollowedLock extends LockInUse {
  /** Is told of each lock that is read later. */
  follow(listener: (lock: EventsLock) => void): void;
}

function followLock(path: string, say: (line: string) => void): FollowedLock {
  const listeners: ((lock: EventsLock) => void)[] = [];
  const onChange = (lock: EventsLock) => {
    for (const listener of listeners) listener(lock);
  };
  return {
    ...useLock(path, { onChange, say }),
    follow: (listener) => void listeners.push(listener),
  };
}

function realAccount(forward: Forward, lockInUse: FollowedLock | undefined): Account {
  const { token, baseUrl = 'https://api.hubapi.com', apiVersion } = forward;
  const hubId = lockInUse?.lock().hubId ?? forward.hubId;
  if (hubId === undefined) {
    throw new CommandError(
      'HUBSPOT_HUB_ID is not set: without it and without --lock, short event names have no account.',
    );
  }
  return {
    hubId,
    url: baseUrl,
    policy: lockInUse?.policy ?? anyEventPolicy(hubId),
    client: createHubSpotClient({
      credential: accessToken(token.reveal()),
      baseUrl,
      ...(apiVersion && { apiVersion }),
    }),
    fake: createFakeHubSpot({ hubId }),
    close: async () => lockInUse?.close(),
  };
}

async function fakeAccount(port: number, lockInUse: FollowedLock | undefined): Promise<Account> {
  const lock = lockInUse?.lock();
  const fake: RunningFakeHubSpot = await withFreePort(port, (free) =>
    startFakeHubSpot({
      port: free,
      // Without a lock nothing is known of the events: whatever the site sends is taken.
      ...(lock
        ? { hubId: lock.hubId, definitions: definitionsOf(lock) }
        : { unknownEvent: 'accept', undefinedProperty: 'accept', definitions: [] }),
    }),
  );
  lockInUse?.follow((changed) => defineAgain(fake, changed));
  return {
    hubId: fake.hubId,
    url: fake.url,
    policy: lockInUse?.policy ?? anyEventPolicy(fake.hubId),
    fake,
    async close() {
      lockInUse?.close();
      await fake.close();
    },
  };
}

/** What has left the lock stays defined: the relay's policy lets none of it through. */
function defineAgain(fake: FakeHubSpot, lock: EventsLock): void {
  for (const definition of definitionsOf(lock)) fake.define(definition);
}
