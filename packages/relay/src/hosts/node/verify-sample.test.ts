import { expect, test } from 'vitest';
import { InvalidOptionsError } from '../../core/invalid-options-error.ts';
import { nodeSettingsFromEnv } from './node-from-env.ts';

const USUAL = {
  HUBSPOT_ACCESS_TOKEN: 'a-token',
  ALLOWED_ORIGINS: 'https://shop.example.com',
  EVENTS: '*',
  HUBSPOT_HUB_ID: '1',
};

function problemsOf(variables: Record<string, string>): readonly string[] {
  try {
    nodeSettingsFromEnv({ ...USUAL, ...variables });
    return [];
  } catch (error) {
    if (error instanceof InvalidOptionsError) return error.problems;
    throw error;
  }
}

test('nothing is read back unless a number says so', () => {
  expect(nodeSettingsFromEnv({ ...USUAL, HUBSPOT_READ_TOKEN: 't' }).relay.verifySample).toBe(
    undefined,
  );
  const { relay } = nodeSettingsFromEnv({ ...USUAL, VERIFY_SAMPLE: '20', HUBSPOT_READ_TOKEN: 't' });
  expect(relay.verifySample?.events).toBe(20);
  expect(relay.verifySample?.token.reveal()).toBe('t');
});

test.each([
  [{ VERIFY_SAMPLE: '20' }, /^HUBSPOT_READ_TOKEN is not set: VERIFY_SAMPLE reads events back/],
  [{ VERIFY_SAMPLE: 'many', HUBSPOT_READ_TOKEN: 't' }, /^VERIFY_SAMPLE is "many"/],
  [
    { VERIFY_SAMPLE: '20', HUBSPOT_READ_TOKEN: 't', DELIVERY: 'direct' },
    /^VERIFY_SAMPLE needs an outbox/,
  ],
])('%j is refused', (variables, problem) => {
  expect(problemsOf(variables)).toEqual([expect.stringMatching(problem)]);
});
