import type { Redacted } from '../core/redacted.ts';

const REDACTED = '[redacted]';

/** What a HubSpot credential looks like, wherever it comes from: a token HubSpot echoes, a URL in a fetch error. */
const CREDENTIAL_SHAPES: readonly RegExp[] = [
  /\bpat-[a-z]{2}\d-[0-9a-f-]{8,}/gi,
  /(?<=\b(?:hapikey|access_token|refresh_token|client_secret)=)[^&\s"')]+/gi,
  /(?<=\bBearer )[\w.~+/=-]+/gi,
];

/**
 * Takes every credential out of a text that is about to leave the client. HubSpot's own messages need it too: a refused
 * `hapikey` is answered with the key in the message, and Deno's fetch errors quote the whole URL.
 */
export function redactText(text: string, secrets: readonly Redacted[]): string {
  const known = secrets.flatMap((secret) => spellingsOf(secret.reveal()));
  const withoutKnown = known.reduce((rest, secret) => rest.replaceAll(secret, REDACTED), text);
  return CREDENTIAL_SHAPES.reduce((rest, shape) => rest.replace(shape, REDACTED), withoutKnown);
}

function spellingsOf(secret: string): string[] {
  return secret === '' ? [] : [secret, encodeURIComponent(secret)];
}
