import { Redacted } from '../core/redacted.ts';
import type { HubSpotAnswer } from './answer.ts';
import { type CallTools, call } from './call.ts';
import type { OAuthCredential } from './credential.ts';
import { parseObject, readAnswer, readText, textOf } from './read-answer.ts';
import { redactText } from './redact-text.ts';

export type TokenResult = TokenGranted | TokenDenied;

export interface TokenGranted {
  readonly ok: true;
  readonly accessToken: Redacted;
  /** The one to use next time; HubSpot usually returns the one it was given. */
  readonly refreshToken: Redacted;
  readonly expiresInMs: number;
}

/** The answer stands for the call that needed the token. */
export interface TokenDenied {
  readonly ok: false;
  readonly answer: HubSpotAnswer;
}

/** HubSpot's access tokens live 30 minutes. */
const DEFAULT_EXPIRES_IN_SECONDS = 1800;

/** Trades the refresh token for an access token: everything in the form body, as the token endpoints after v1 require. */
export async function requestToken(
  credential: Omit<OAuthCredential, 'onRefreshToken' | 'kind'>,
  tools: CallTools,
): Promise<TokenResult> {
  const { clientId, clientSecret, refreshToken, tokenUrl } = credential;
  const secrets = [clientSecret, refreshToken];
  const body = new URLSearchParams({
    grant_type: 'refresh_token',
    client_id: clientId,
    client_secret: clientSecret.reveal(),
    refresh_token: refreshToken.reveal(),
  }).toString();
  const headers = {
    'content-type': 'application/x-www-form-urlencoded',
    accept: 'application/json',
  };
  const read = async (response: Response): Promise<TokenResult> =>
    response.ok
      ? granted(await readText(response), refreshToken)
      : denied(response, tools, (text) => redactText(text, secrets));
  const result = await call(tokenUrl, { headers, body }, read, tools, secrets);
  return 'ok' in result ? result : { ok: false, answer: result };
}

function granted(text: string, refreshToken: Redacted): TokenResult {
  const body = parseObject(text);
  const accessToken = textOf(body, 'access_token');
  if (accessToken === undefined) return noToken('The token endpoint answered without a token.');
  const expiresIn = Number(body.expires_in);
  return {
    ok: true,
    accessToken: new Redacted(accessToken),
    refreshToken: new Redacted(textOf(body, 'refresh_token') ?? refreshToken.reveal()),
    expiresInMs: (expiresIn > 0 ? expiresIn : DEFAULT_EXPIRES_IN_SECONDS) * 1000,
  };
}

/** Busy or down: an answer like any other of HubSpot's. Everything else means that this credential gets no token. */
async function denied(
  response: Response,
  { clock }: CallTools,
  redact: (text: string) => string,
): Promise<TokenResult> {
  const { status } = response;
  if (isTemporary(status)) {
    return { ok: false, answer: await readAnswer(response, clock.now(), redact) };
  }
  const body = parseObject(await readText(response));
  const said = [textOf(body, 'error'), textOf(body, 'status'), textOf(body, 'error_description')];
  const words = said.filter((word) => word !== undefined).join(', ');
  return noToken(redact(`The token endpoint answered ${status}${words && `: ${words}`}`));
}

function isTemporary(status: number): boolean {
  return status >= 500 || [408, 423, 425, 429, 477].includes(status);
}

function noToken(message: string): TokenDenied {
  return { ok: false, answer: { kind: 'failure', reason: 'credential', message } };
}
