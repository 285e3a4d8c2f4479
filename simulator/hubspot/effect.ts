/** What comes back instead of HubSpot's yes. */
export interface Effect {
  readonly name: string;
  /** Absent when no answer comes. */
  readonly status?: number;
  readonly body: 'hubspot' | 'html' | 'empty' | 'bare' | 'cut';
  readonly retryAfter?: string;
  /** `lost`: the events are counted, the answer is not heard. `hang`: nothing ever comes. */
  readonly transport?: 'reset' | 'hang' | 'lost' | 'hang after';
  /** `{name}` becomes the event's name. */
  readonly message?: string;
  readonly category?: string;
  readonly policyName?: string;
  /** It reads like "here already". */
  readonly isDuplicate?: boolean;
}

const json = (status: number, more: Partial<Effect> = {}): Effect => ({
  name: `${status}`,
  status,
  body: 'hubspot',
  ...more,
});
const html = (status: number, more: Partial<Effect> = {}): Effect => ({
  name: `${status} in HTML`,
  status,
  body: 'html',
  ...more,
});
const silent = (transport: NonNullable<Effect['transport']>): Effect => ({
  name: transport,
  body: 'empty',
  transport,
});
const later = (effect: Effect, retryAfter: string): Effect => ({
  ...effect,
  name: `${effect.name} with Retry-After ${retryAfter}`,
  retryAfter,
});

const REFUSALS = [400, 404, 409, 413, 414, 415, 422];
const DENIALS = [401, 402, 403];
const OTHERS = [
  405, 406, 408, 410, 411, 417, 418, 421, 423, 424, 425, 426, 428, 429, 431, 451, 477,
];
const FAILURES = [500, 501, 502, 503, 504, 520, 521, 522, 523, 524, 525, 526, 530, 599];
const STATUSES = [301, 302, 307, 308, ...REFUSALS, ...DENIALS, ...OTHERS, ...FAILURES];

/** Refusals whose words are about the event's own name or values. None of them says that HubSpot has the event. */
const WORDS: readonly Effect[] = [
  json(400, { name: '400 about its name', message: 'Event type {name} does not exist' }),
  json(404, { name: '404 about its name', message: 'No event definition named {name}.' }),
  json(400, {
    name: '400 about its value',
    message: 'Value "duplicate" is not one of the allowed options',
    category: 'VALIDATION_ERROR',
  }),
  json(400, {
    name: '400 about a property',
    message: 'Property values were not valid: [{"name":"already_sent"}]',
  }),
];

/** Whatever may be answered to a call because of one event in it. */
export const EVENT_EFFECTS: readonly Effect[] = [
  ...STATUSES.map((status) => json(status, { isDuplicate: status === 409 })),
  ...STATUSES.map((status) => html(status)),
  ...STATUSES.map((status): Effect => ({ name: `${status} empty`, status, body: 'empty' })),
  ...REFUSALS.map((status): Effect => ({ name: `${status} cut off`, status, body: 'cut' })),
  ...[...FAILURES, 423, 429, 477, 403].flatMap((status) => [
    later(json(status), '30'),
    later(html(status), '86400'),
  ]),
  later(json(503), 'Fri, 27 Nov 2026 23:00:00 GMT'),
  later(json(429), 'soon'),
  json(429, {
    name: '429 by the day',
    policyName: 'DAILY',
    message: 'You have reached your daily limit.',
  }),
  html(200, { name: 'login page' }),
  ...WORDS,
  silent('reset'),
  silent('hang'),
  silent('lost'),
  silent('hang after'),
];

/** What the address of a version says after the version's end. */
export const ENDS_OF_V3: readonly Effect[] = [404, 405, 410].flatMap((status) => [
  json(status, { name: `${status} of v3`, message: 'This API version has been sunset.' }),
  html(status),
  { name: `${status} empty`, status, body: 'empty' },
]);

/** A fault of the whole service, whatever the events. */
export interface ServiceFault extends Effect {
  /** `down` may cost 100 calls an hour, `denied` 60. */
  readonly kind: 'down' | 'denied' | 'limited';
  /** How long it may take until somebody looks again, milliseconds. */
  readonly lookMs: number;
}

const QUARTER_MS = 900_000;
const HOUR_MS = 3_600_000;
const down = (effect: Effect): ServiceFault => ({ ...effect, kind: 'down', lookMs: QUARTER_MS });
const denied = (effect: Effect): ServiceFault => ({
  ...effect,
  kind: 'denied',
  lookMs: QUARTER_MS,
});
const limited = (effect: Effect, lookMs = HOUR_MS): ServiceFault => ({
  ...effect,
  kind: 'limited',
  lookMs,
});

export const SERVICE_FAULTS: readonly ServiceFault[] = [
  ...[500, 502, 503, 504, 521, 522, 524].flatMap((status) => [
    down(json(status)),
    down(html(status)),
  ]),
  down(later(json(503), '20')),
  down(later(json(503), '86400')),
  down(later(html(429), '3600')),
  down(json(429, { name: '429 for a second', policyName: 'SECONDLY' })),
  down(json(429, { name: '429 for ten seconds', policyName: 'TEN_SECONDLY_ROLLING' })),
  ...(['reset', 'hang', 'lost', 'hang after'] as const).map((transport) => down(silent(transport))),
  denied(
    json(401, { message: 'The OAuth token used to make this call expired 75 second(s) ago.' }),
  ),
  denied(html(401)),
  denied(
    json(403, {
      category: 'MISSING_SCOPES',
      message: "This app hasn't been granted all required scopes.",
    }),
  ),
  // A firewall's, which says nothing of the token.
  down(html(403)),
  denied(html(302)),
  denied(html(200, { name: 'login page' })),
  limited(later(json(477), '3600')),
  limited(later(json(477), '86400')),
  limited(
    json(429, {
      name: '429 by the day',
      policyName: 'DAILY',
      message: 'You have reached your daily limit.',
    }),
  ),
];
