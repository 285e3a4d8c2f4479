import type { Redacted } from '../core/redacted.ts';

const REDACTED = '[redacted]';

/** What a HubSpot credential looks like, wherever it comes from: a token HubSpot echoes, a URL in a fetch error. */
const CREDENTIAL_SHAPES: readonly RegExp[] = [
  /\bpat-[a-z]{2}\d-[0-9a-f-]{8,}/gi,
  /(?<=\b(?:hapikey|access_token|refresh_token|client_secret)=)[^&\s"')]+/gi,
  /(?<=\bBearer )[\w.~+/=-]+/gi,
];

/** A message may be cut anywhere; so much of a secret's beginning does not stand in a text by chance. */
const TELLING_PREFIX = 12;

/**
 * Takes every credential out of a text that is about to leave the client. HubSpot's own messages need it too: a refused
 * `hapikey` is answered with the key in the message, and Deno's fetch errors quote the whole URL.
 */
export function redactText(text: string, secrets: readonly Redacted[]): string {
  const known = secrets.flatMap((secret) => spellingsOf(secret.reveal()));
  const withoutKnown = known.reduce(withoutSecret, text);
  return CREDENTIAL_SHAPES.reduce((rest, shape) => rest.replace(shape, REDACTED), withoutKnown);
}

/** Also where only the first part of the secret stands in the text. */
function withoutSecret(text: string, secret: string): string {
  if (secret.length <= TELLING_PREFIX) return text.replaceAll(secret, REDACTED);
  const [first = '', ...rest] = text.split(secret.slice(0, TELLING_PREFIX));
  return [first, ...rest.map((part) => part.slice(sharedLength(part, secret)))].join(REDACTED);
}

/** How far a text goes on as the secret does behind its telling prefix. */
function sharedLength(text: string, secret: string): number {
  let length = 0;
  while (length < text.length && text[length] === secret[TELLING_PREFIX + length]) length += 1;
  return length;
}

function spellingsOf(secret: string): string[] {
  return secret === '' ? [] : [secret, encodeURIComponent(secret), ...base64Of(secret)];
}

/** The middle of its Base64, which is the same whatever stands around it, for each of the three places it can begin at. */
function base64Of(secret: string): string[] {
  const bytes = String.fromCharCode(...new TextEncoder().encode(secret));
  return [0, 1, 2].flatMap((before) => {
    const whole = btoa('\0'.repeat(before) + bytes).replace(/=+$/, '');
    const middle = whole.slice(Math.ceil((before * 8) / 6), -1);
    return middle.length < TELLING_PREFIX ? [] : [middle, toBase64Url(middle)];
  });
}

function toBase64Url(text: string): string {
  return text.replaceAll('+', '-').replaceAll('/', '_');
}
