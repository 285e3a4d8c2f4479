/**
 * What HubSpot's documentation leaves open. Each is a switch, so that a test can run both ways; the default is the
 * stricter reading, unless a reason stands beside it.
 */
export interface Switches {
  /**
   * The answer to a uuid that was accepted before, for the same event, within a year. Documented: "the first will be
   * accepted and all others will be rejected"; not documented: whether the sender hears of it. A duplicate is never applied.
   * @default 204 — a send is acknowledged before it is processed, so silence is the likelier answer
   */
  duplicateUuid: 204 | 400 | 409;
  /**
   * Two events with one uuid in one batch: the second is treated as any duplicate, or the whole batch is refused with 400.
   * @default 'as-duplicate'
   */
  duplicateInBatch: 'as-duplicate' | 'refuse-batch';
  /**
   * What one bad event does to its batch, which is answered with 4xx either way: nothing is applied, or the good ones are.
   * @default 'atomic'
   */
  badItem: 'atomic' | 'partial';
  /**
   * An event name of this hub that is not defined.
   * @default 400
   */
  unknownEvent: 400 | 404 | 'accept';
  /**
   * A property that the definition does not have.
   * @default 'reject'
   */
  undefinedProperty: 'reject' | 'accept';
  /**
   * A value that does not fit the property's type (`abc` for a number, no option of an enumeration).
   * @default 'reject'
   */
  mistypedValue: 'reject' | 'accept';
  /**
   * The specification says strings; in practice JSON numbers and booleans are taken too.
   * @default 'string'
   */
  propertyValue: 'string' | 'scalar';
  /**
   * A field that the request schema does not have (`objectType` is seen in the wild).
   * @default 'reject'
   */
  unknownField: 'reject' | 'accept';
  /**
   * A `utk` that belongs to no contact of the hub.
   * @default 'accept' — visitors who are not yet contacts are what the field is for
   */
  unknownUtk: 'accept' | 'reject';
  /**
   * An event of companies, deals or other records that comes with a `utk` or an `email`, which name contacts only. When it is taken,
   * it is attached to nothing.
   * @default 'reject'
   */
  contactForOtherRecord: 'reject' | 'accept';
  /**
   * HubSpot's own script writes 32 hexadecimal digits; the API documents no format.
   * @default 'hex32'
   */
  utkFormat: 'hex32' | 'any';
  /**
   * The shape of a 429 body: as documented (`errorType`, no `category`), as recorded (the same with `groupName`, without
   * `requestId`), or with `category: RATE_LIMITS` as newer clients expect.
   * @default 'documented'
   */
  rateLimitBody: 'documented' | 'recorded' | 'category';
  /**
   * Largest request body in bytes; more is answered with 413. No limit is documented; a full legal batch is about 25 MB.
   * @default 33_554_432
   */
  maxBodyBytes: number;
  /**
   * How far back `occurredAt` may lie, in milliseconds. Back-dating is documented, a bound is not.
   * @default Infinity
   */
  maxAgeMs: number;
  /**
   * How far ahead `occurredAt` may lie, in milliseconds.
   * @default Infinity
   */
  maxAheadMs: number;
  /**
   * Send requests per second before 429 SECONDLY. Documented; the scope (app or account) is not.
   * @default 1_250
   */
  maxSendsPerSecond: number;
  /**
   * Requests per ten seconds to everything but send, before 429 TEN_SECONDLY_ROLLING.
   * @default 190
   */
  maxCallsPerTenSeconds: number;
  /**
   * Whether a record that an event is read back with has the event's `uuid` as its `id`. Plausible, not documented.
   * @default 'other'
   */
  occurrenceId: 'other' | 'uuid';
  /**
   * How long an applied event stays invisible to the read-back API, in milliseconds. HubSpot says "several minutes".
   * @default 0
   */
  readBackDelayMs: number;
}

export const defaultSwitches: Readonly<Switches> = {
  duplicateUuid: 204,
  duplicateInBatch: 'as-duplicate',
  badItem: 'atomic',
  unknownEvent: 400,
  undefinedProperty: 'reject',
  mistypedValue: 'reject',
  propertyValue: 'string',
  unknownField: 'reject',
  unknownUtk: 'accept',
  contactForOtherRecord: 'reject',
  utkFormat: 'hex32',
  rateLimitBody: 'documented',
  maxBodyBytes: 32 * 1024 * 1024,
  maxAgeMs: Number.POSITIVE_INFINITY,
  maxAheadMs: Number.POSITIVE_INFINITY,
  maxSendsPerSecond: 1_250,
  maxCallsPerTenSeconds: 190,
  occurrenceId: 'other',
  readBackDelayMs: 0,
};
