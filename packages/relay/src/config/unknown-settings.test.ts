import { expect, test } from 'vitest';
import { COMMAND_SETTINGS, NODE_SETTINGS, namesOf, RELAY_SETTINGS } from './settings.ts';
import { unknownSettings } from './unknown-settings.ts';

const SECRET = 'pat-na1-01234567-89ab-cdef-0123-456789abcdef';

test.each([
  ['ALOWED_ORIGINS', 'did you mean ALLOWED_ORIGINS?'],
  ['HUBSPOT_ACCES_TOKEN', 'did you mean HUBSPOT_ACCESS_TOKEN?'],
  ['HUBSPOT_ACCESS_TOKEN_FLIE', 'did you mean HUBSPOT_ACCESS_TOKEN_FILE?'],
  ['OUTBOX_PAHT', 'did you mean OUTBOX_PATH?'],
  ['RELAY_KEY', 'did you mean RELAY_KEYS?'],
  ['PORTS', 'did you mean PORT?'],
  [
    'OUTBOX_FOLDER',
    'those that begin with OUTBOX_ are OUTBOX_PATH, OUTBOX_MAX_EVENTS, OUTBOX_MAX_DEAD, OUTBOX_MAX_DEAD_BYTES',
  ],
])('%s: %s', (name, hint) => {
  expect(unknownSettings({ [name]: SECRET })).toEqual([`${name} is not a setting; ${hint}`]);
});

test('HUBSPOT_API_KEY leads to no key that HubSpot refuses', () => {
  const [said] = unknownSettings({ HUBSPOT_API_KEY: SECRET });
  expect(said).toContain('HUBSPOT_ACCESS_TOKEN');
  expect(said).not.toMatch(/HAPIKEY|LEGACY/);
});

test('what is a setting is none', () => {
  const names = namesOf({ ...RELAY_SETTINGS, ...NODE_SETTINGS, ...COMMAND_SETTINGS });
  expect(unknownSettings(Object.fromEntries(names.map((name) => [name, '1'])))).toEqual([]);
});

test('what platforms set is not reported as a mistake', () => {
  const address = 'tcp://10.96.0.12:8787';
  expect(
    unknownSettings({
      HUBRELAY_SERVICE_HOST: '10.96.0.12',
      RELAY_SERVICE_HOST: '10.96.0.12',
      RELAY_SERVICE_PORT: '8787',
      RELAY_SERVICE_PORT_HTTP: '8787',
      RELAY_PORT: address,
      RELAY_PORT_8787_TCP: address,
      RELAY_PORT_8787_TCP_PROTO: 'tcp',
      RELAY_PORT_8787_TCP_PORT: '8787',
      RELAY_PORT_8787_TCP_ADDR: '10.96.0.12',
      OUTBOX_PORT: address,
      IDENTITY_ENDPOINT: 'http://localhost:42356/msi/token',
      HOME: '/root',
      HOSTNAME: 'relay-0',
      HOSTTYPE: 'x86_64',
      LOGNAME: 'relay',
      PATH: '/usr/bin',
      npm_config_loglevel: 'error',
    }),
  ).toEqual([]);
});
