import type { IncomingCall } from './received.ts';

const REDACTED = '[redacted]';
const secretHeaders = ['authorization', 'private-app-legacy', 'private-app', 'cookie'];
const secretFields =
  /((?:^|[&"])(?:client_secret|refresh_token|code|token|tokenKey|hapikey)"?[=:]\s*"?)[^&"]+/g;

/** A request that may be shown: every credential is replaced, its place and scheme stay visible. */
export function redact(call: IncomingCall): IncomingCall {
  const headers: Record<string, string> = { ...call.headers };
  for (const name of secretHeaders) {
    const value = headers[name];
    if (value !== undefined) headers[name] = value.replace(/^(Bearer\s+)?.*$/is, `$1${REDACTED}`);
  }
  const query = 'hapikey' in call.query ? { ...call.query, hapikey: REDACTED } : call.query;
  const body = call.path.startsWith('/oauth/')
    ? call.body.replace(secretFields, `$1${REDACTED}`)
    : call.body;
  return { ...call, headers, query, body };
}
