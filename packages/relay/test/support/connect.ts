import {
  createFakeHubSpot,
  type FakeHubSpot,
  type FakeHubSpotOptions,
} from '@hubrelay/fake-hubspot';
import { createHubSpotClient, type HubSpotClient } from '../../src/hubspot/client.ts';
import { accessToken, type Credential } from '../../src/hubspot/credential.ts';
import { createVirtualClock, type VirtualClock } from './virtual-clock.ts';

export interface Connected {
  readonly clock: VirtualClock;
  readonly hubspot: FakeHubSpot;
  readonly client: HubSpotClient;
}

/** A HubSpot account and a client to it, both on one virtual clock. */
export function connect(
  options: FakeHubSpotOptions = {},
  credential: Credential = accessToken('secret-token'),
): Connected {
  const clock = createVirtualClock();
  const hubspot = createFakeHubSpot({
    hubId: '123',
    accessTokens: ['secret-token'],
    now: clock.now,
    sleep: (ms) => new Promise((resolve) => void clock.schedule(resolve, ms)),
    ...options,
  });
  const client = createHubSpotClient({ credential, clock, fetch: hubspot.fetch });
  return { clock, hubspot, client };
}
