/** A secret may also come from the file that `NAME_FILE` names. */
type Kind = 'plain' | 'secret';

/** Read on every host. */
export const RELAY_SETTINGS = {
  HUBSPOT_ACCESS_TOKEN: 'secret',
  HUBSPOT_ACCESS_TOKEN_PREVIOUS: 'secret',
  HUBSPOT_REFRESH_TOKEN: 'secret',
  HUBSPOT_CLIENT_ID: 'plain',
  HUBSPOT_CLIENT_SECRET: 'secret',
  HUBSPOT_TOKEN_URL: 'plain',
  HUBSPOT_HAPIKEY: 'secret',
  HUBSPOT_PRIVATE_APP_LEGACY: 'secret',
  HUBSPOT_HUB_ID: 'plain',
  HUBSPOT_API_VERSION: 'plain',
  HUBSPOT_BATCH: 'plain',
  HUBSPOT_BASE_URL: 'plain',
  HUBSPOT_TIMEOUT_MS: 'plain',
  ALLOWED_ORIGINS: 'plain',
  EVENTS_LOCK: 'plain',
  EVENTS: 'plain',
  POLICY_STRICT: 'plain',
  ENRICH: 'plain',
  IDENTITY_SECRET: 'secret',
  IDENTITY_SECRET_PREVIOUS: 'secret',
  IDENTITY_JWKS: 'plain',
  IDENTITY_JWKS_URL: 'plain',
  IDENTITY_AUDIENCE: 'plain',
  IDENTITY_REQUIRED: 'plain',
  RELAY_KEYS: 'secret',
  REFUSE_BOTS: 'plain',
  CHALLENGE_EVENTS: 'plain',
  CHALLENGE_SERVICE: 'plain',
  CHALLENGE_SECRET: 'secret',
  EVENTS_PATH: 'plain',
  SCRIPT_PATH: 'plain',
  MAX_BODY_BYTES: 'plain',
  KEEP_REJECTED_PERCENT: 'plain',
} as const satisfies Record<string, Kind>;

/** Read on Node only. */
export const NODE_SETTINGS = {
  RATE_LIMIT_PER_ADDRESS: 'plain',
  RATE_LIMIT_PER_VISITOR: 'plain',
  RATE_LIMIT_DATABASE_URL: 'secret',
  TRUSTED_PROXIES: 'plain',
  PORT: 'plain',
  HOST: 'plain',
  DELIVERY: 'plain',
  OUTBOX_PATH: 'plain',
  DATABASE_URL: 'secret',
  OUTBOX_MAX_EVENTS: 'plain',
  OUTBOX_MAX_DEAD: 'plain',
  OUTBOX_MAX_DEAD_BYTES: 'plain',
  ADMIN_TOKEN: 'secret',
  METRICS_PORT: 'plain',
  CHECK_KEY: 'plain',
  VERIFY_SAMPLE: 'plain',
  HUBSPOT_READ_TOKEN: 'secret',
  READY_MAX_WAIT_MS: 'plain',
  SHUTDOWN_TIMEOUT_MS: 'plain',
  LOG_LEVEL: 'plain',
} as const satisfies Record<string, Kind>;

/** Read by `hubrelay pull`, `hubrelay verify` and the commands that ask a relay, beside some of the relay's. */
export const COMMAND_SETTINGS = {
  HUBSPOT_DEFINITIONS_TOKEN: 'secret',
  HUBSPOT_PROBE_TOKEN: 'secret',
  RELAY_URL: 'plain',
} as const satisfies Record<string, Kind>;

type Settings = typeof RELAY_SETTINGS & typeof NODE_SETTINGS & typeof COMMAND_SETTINGS;

/** The name of a variable that may be set. */
export type Setting = keyof Settings;
export type Secret = { [Name in Setting]: Settings[Name] extends 'secret' ? Name : never }[Setting];

/** The names that settings may be given by. */
export function namesOf(settings: Readonly<Record<string, Kind>>): string[] {
  return Object.entries(settings).flatMap(([name, kind]) =>
    kind === 'secret' ? [name, `${name}_FILE`] : [name],
  );
}
