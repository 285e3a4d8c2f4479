import { parseObject } from '../parse-object.ts';
import { type Finding, fail, ok, unknown, warn } from './finding.ts';
import { ask } from './read-answer.ts';

export interface HubSpotAccess {
  readonly baseUrl: string;
  readonly apiVersion: string;
  /** Of a service key or a private app. */
  readonly token: string;
  readonly hubId: string | undefined;
  readonly now: () => number;
}

const SCOPE = 'analytics.behavioral_events.send';
const MINUTE_MS = 60_000;

/**
 * Asks HubSpot to take an event that has nothing in it: it looks at the key and its scopes first, and then refuses the event, so
 * that nothing is written.
 */
export async function checkHubSpot(access: HubSpotAccess): Promise<Finding[]> {
  const { baseUrl, apiVersion, token } = access;
  const answer = await askHubSpot(`${baseUrl}/events/${apiVersion}/send`, '{}', token);
  if (answer instanceof Error) {
    return [
      fail(
        'HubSpot',
        `${baseUrl} cannot be reached (${answer.message})`,
        'Events wait in the outbox until it can.',
        'Let this machine open connections to api.hubapi.com, port 443.',
      ),
    ];
  }
  const key = keyFinding(answer);
  const findings = [key, ...clockFindings(answer, access.now()), ...versionFindings(access)];
  return key.status === 'ok' ? [...findings, ...(await accountFindings(access))] : findings;
}

function keyFinding({ status, json }: HubSpotAnswer): Finding {
  const check = 'HubSpot key';
  const { category, message } = json;
  if (status === 400) return ok(check, `HubSpot takes it, and it has the scope ${SCOPE}`);
  if (status === 401) {
    return fail(
      check,
      `HubSpot does not take it (401 ${category ?? ''})`,
      'No event is delivered; all wait in the outbox.',
      'Development > Keys > Service keys: make a new key, set HUBSPOT_ACCESS_TOKEN, restart the relay.',
    );
  }
  if (status === 403 && category === 'MISSING_SCOPES') {
    return fail(
      check,
      `it lacks the scope ${SCOPE} (403 MISSING_SCOPES)`,
      'No event is delivered; all wait in the outbox.',
      `Development > Keys > Service keys: add the scope ${SCOPE} to the key.`,
    );
  }
  if (status === 403) {
    return fail(
      check,
      `HubSpot refuses the account (403 ${category ?? message ?? ''})`,
      'The account’s subscription has no custom events, or a firewall answered for HubSpot.',
      'Settings > Account & Billing: custom events need Marketing Hub Enterprise or another Enterprise hub.',
    );
  }
  return unknown(
    check,
    `HubSpot answered ${status} to a test that writes nothing; it should be 400`,
  );
}

function clockFindings({ date }: HubSpotAnswer, now: number): Finding[] {
  const at = Date.parse(date ?? '');
  if (Number.isNaN(at)) return [];
  const offMs = Math.abs(now - at);
  const off = `${Math.round(offMs / 1000)} s off HubSpot’s`;
  if (offMs < MINUTE_MS) return [ok('Clock', off)];
  return [
    warn(
      'Clock',
      `${Math.round(offMs / MINUTE_MS)} min off HubSpot’s`,
      'Signed identities seem expired, or not yet valid.',
      'Switch on time synchronisation: timedatectl set-ntp true.',
    ),
  ];
}

/** https://developers.hubspot.com/changelog: the APIs v1 to v3 are unsupported from September 2027, without a day. */
const V3_ENDS = Date.UTC(2027, 8, 1);
const HALF_A_YEAR_MS = 183 * 86_400_000;

function versionFindings({ apiVersion, now }: HubSpotAccess): Finding[] {
  if (apiVersion !== 'v3') return [ok('API version', apiVersion)];
  const what = 'v3, which HubSpot supports until September 2027';
  if (now() < V3_ENDS - HALF_A_YEAR_MS) return [ok('API version', what)];
  return [
    warn(
      'API version',
      what,
      'The relay goes forward to 2026-09 by itself when v3 is gone.',
      'Set HUBSPOT_API_VERSION=2026-09 before.',
    ),
  ];
}

/** Only private apps' tokens are told about; of a service key it may not be. */
async function accountFindings({ baseUrl, token, hubId }: HubSpotAccess): Promise<Finding[]> {
  const url = `${baseUrl}/oauth/v2/private-apps/get/access-token-info`;
  const answer = await askHubSpot(url, JSON.stringify({ tokenKey: token }), token);
  const { hubId: actual, scopes } = answer instanceof Error ? {} : answer.json;
  return [hubIdFinding(hubId, actual), ...scopesFindings(scopes)];
}

function scopesFindings(scopes: readonly string[] | undefined): Finding[] {
  const more = (Array.isArray(scopes) ? scopes : []).filter(
    (scope) => scope !== SCOPE && scope !== 'oauth',
  );
  if (more.length === 0) return [];
  return [
    warn(
      'Scopes',
      `the key may do more than send events: ${more.join(', ')}`,
      'If it leaks, so does that right.',
      `Give the relay a key with ${SCOPE} alone.`,
    ),
  ];
}

function hubIdFinding(hubId: string | undefined, actual: number | undefined): Finding {
  const check = 'Hub ID';
  if (actual === undefined) {
    return unknown(
      check,
      `HubSpot does not tell of which account this key is; HUBSPOT_HUB_ID is ${hubId ?? 'not set'}`,
      'Compare it with the number in the address of your HubSpot account.',
    );
  }
  if (hubId === undefined || hubId === String(actual)) return ok(check, String(actual));
  return fail(
    check,
    `HUBSPOT_HUB_ID is ${hubId}, and the key is of account ${actual}`,
    `HubSpot refuses every event, because pe${hubId}_… is not an event of this account.`,
    `Set HUBSPOT_HUB_ID=${actual}, or take a key of account ${hubId}.`,
  );
}

interface HubSpotAnswer {
  readonly status: number;
  readonly date: string | null;
  readonly json: {
    readonly category?: string;
    readonly message?: string;
    readonly hubId?: number;
    readonly scopes?: readonly string[];
  };
}

async function askHubSpot(
  url: string,
  body: string,
  token: string,
): Promise<HubSpotAnswer | Error> {
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
  const answer = await ask(url, { method: 'POST', headers, body, redirect: 'manual' });
  if (answer instanceof Error) return answer;
  // HubSpot may quote the key, and the report is made to be shown to others.
  const json: HubSpotAnswer['json'] = parseObject(answer.text.replaceAll(token, '[redacted]'));
  return { status: answer.status, date: answer.headers.get('date'), json };
}
