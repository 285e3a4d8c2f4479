import { beginningOf } from '../beginning-of.ts';
import { reasonOf } from '../reason-of.ts';

export interface Answer {
  /** After redirects, where they were followed. */
  readonly url: string;
  readonly status: number;
  readonly headers: Headers;
  /** Its beginning, when there is more than a page or an answer has. */
  readonly text: string;
}

const TIMEOUT_MS = 10_000;
const MOST_CHARS = 2 * 2 ** 20;

/** Asks, and reads no more than can matter: an answer may never end. */
export async function ask(url: string, init: RequestInit = {}): Promise<Answer | Error> {
  try {
    const signal = AbortSignal.timeout(TIMEOUT_MS);
    const response = await fetch(url, { ...init, signal });
    const { status, headers } = response;
    return { url: response.url, status, headers, text: await beginningOf(response, MOST_CHARS) };
  } catch (error) {
    return new Error(TLS_PROBLEMS[codeOf(error)] ?? reasonOf(error));
  }
}

function codeOf(error: unknown): string {
  const { cause } = error as Error;
  return String((cause as NodeJS.ErrnoException | undefined)?.code ?? '');
}

/** By OpenSSL's and Node's codes. Browsers refuse such a certificate, too. */
const TLS_PROBLEMS: Readonly<Record<string, string>> = {
  CERT_HAS_EXPIRED: 'its TLS certificate has expired: renew it',
  CERT_NOT_YET_VALID: 'its TLS certificate is not valid yet: look at the clocks of both machines',
  DEPTH_ZERO_SELF_SIGNED_CERT:
    'its TLS certificate is self-signed, which browsers refuse: take one of a public authority, such as Let’s Encrypt',
  SELF_SIGNED_CERT_IN_CHAIN:
    'its TLS certificate is of a private authority, which visitors’ browsers refuse: take one of a public authority',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    'its TLS certificate comes without the intermediate one: serve the full chain (fullchain.pem)',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    'its TLS certificate comes without the intermediate one: serve the full chain (fullchain.pem)',
  ERR_TLS_CERT_ALTNAME_INVALID: 'its TLS certificate is for another host name',
  EPROTO: 'it does not speak TLS there, or a version that is too old',
  ERR_SSL_WRONG_VERSION_NUMBER: 'it does not speak TLS there: https:// leads to a port of http',
};
