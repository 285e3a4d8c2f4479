import { expect, test } from 'vitest';
import {
  captureHsq,
  createCoreTracker,
  followHubSpotConsent,
  trackClicks,
  trackPageviews,
} from './core.ts';
import { createTracker, type Tracker } from './index.ts';
import { TrackerProvider } from './react.ts';
import { createRecordingTracker } from './testing.ts';
import { trackerPlugin } from './vue.ts';

interface Signup {
  plan: 'free' | 'pro';
  seats?: number;
}

/** As `hubrelay pull` writes it: interfaces, without an index signature. */
interface HubSpotEvents {
  signup: Signup;
  searched: { query?: string };
  logged_out: Record<string, never>;
}

// What is asserted is that it compiles, or, by `@ts-expect-error`, that it does not.
test('an event goes with the properties that it requires, and none without', async () => {
  const tracker = createRecordingTracker<HubSpotEvents>();
  tracker.track('signup', { plan: 'pro' });
  tracker.track('searched');
  tracker.track('searched', { query: 'shoes' });
  tracker.track('logged_out');
  // @ts-expect-error plan is required
  tracker.track('signup');
  // @ts-expect-error there is no such plan
  tracker.track('signup', { plan: 'gold' });
  // @ts-expect-error there is no such event
  tracker.track('sign_up');
  // @ts-expect-error properties are an object
  createRecordingTracker().track('any', 'pro');
  expect(tracker.events).toHaveLength(7);
});

test('a typed tracker fits wherever a tracker is wanted, and an interface wherever properties are', () => {
  const typed: Tracker<HubSpotEvents> = createTracker<HubSpotEvents>({ endpoint: '/v1/events' });
  const any: Tracker = typed;
  const recording: Tracker = createRecordingTracker<HubSpotEvents>();
  const signup: Signup = { plan: 'pro' };
  createRecordingTracker().track('signup', signup);
  createTracker({ endpoint: '/v1/events', properties: signup });
  const uses = () => {
    for (const use of [trackClicks, captureHsq, followHubSpotConsent]) use(typed);
    trackPageviews(typed, 'seen');
    TrackerProvider({ value: typed });
    trackerPlugin.install({ provide() {} } as never, typed);
  };
  expect([any, recording, uses]).toHaveLength(3);
});

test('what follows HubSpot’s banner is a function of the core, and no value of its option', () => {
  createTracker({ endpoint: '/v1/events', consent: 'hubspot' });
  // @ts-expect-error the core has no banner in it: start as pending, and call followHubSpotConsent(tracker)
  createCoreTracker({ endpoint: '/v1/events', consent: 'hubspot' });
});
