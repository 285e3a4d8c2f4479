import { demoCredentials, type FakeHubSpot } from '../src/index.ts';

export const utk = '0123456789abcdef0123456789abcdef';

/** An event that every rule allows; a field given as `undefined` is left out. */
export function signup(fields: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    uuid: crypto.randomUUID(),
    eventName: 'pe1234567_signup',
    properties: { plan: 'pro' },
    utk,
    ...fields,
  };
}

export interface SendOptions {
  readonly path?: string;
  readonly method?: string;
  /** Besides, or with `undefined` instead of, JSON and the demo token. */
  readonly headers?: Readonly<Record<string, string | undefined>>;
  readonly signal?: AbortSignal;
}

const usualHeaders = {
  'content-type': 'application/json',
  authorization: `Bearer ${demoCredentials.accessToken}`,
};

/** Calls the fake; an object goes out as JSON, a string as it is. */
export function call(
  hubspot: FakeHubSpot,
  body: unknown,
  options: SendOptions = {},
): Promise<Response> {
  const { path = '/events/v3/send', method = 'POST', signal = null } = options;
  const headers = Object.entries({ ...usualHeaders, ...options.headers }).filter(
    (header): header is [string, string] => header[1] !== undefined,
  );
  const text = body === undefined || typeof body === 'string' ? body : JSON.stringify(body);
  return hubspot.fetch(`https://api.hubapi.com${path}`, {
    method,
    headers,
    signal,
    ...(text !== undefined && { body: text }),
  });
}

/** Sends a batch. */
export function callBatch(
  hubspot: FakeHubSpot,
  inputs: unknown,
  options: SendOptions = {},
): Promise<Response> {
  return call(hubspot, { inputs }, { path: '/events/v3/send/batch', ...options });
}

/** Resolves once the fake has dealt with a request, also when it leaves it without an answer. */
export function nextRequest(hubspot: FakeHubSpot): Promise<void> {
  return new Promise((resolve) => {
    const leave = hubspot.subscribe(({ type }) => {
      if (type !== 'request') return;
      leave();
      resolve();
    });
  });
}
