import { expect, test } from 'vitest';
import { createRecordingTracker } from './testing.ts';

test('a recording tracker remembers events, identity and consent', async () => {
  const tracker = createRecordingTracker<{ signup: { plan: string } }>();
  expect(await tracker.track('signup', { plan: 'pro' })).toBe('accepted');
  tracker.identify('a.b.c');
  tracker.consent('granted');
  expect(tracker).toMatchObject({
    events: [{ eventName: 'signup', properties: { plan: 'pro' } }],
    identity: 'a.b.c',
    consented: 'granted',
  });
});

test('a disabled one records nothing, and a cleared one starts anew', async () => {
  const tracker = createRecordingTracker();
  tracker.disable();
  expect(await tracker.track('signup')).toBe('denied');
  expect(tracker.events).toEqual([]);
  tracker.clear();
  await tracker.track('signup');
  expect(tracker.events).toHaveLength(1);
});
