import * as v from 'valibot';
import { schemaWords } from '../core/schema-words.ts';

/** A server that may send events for anybody. Only the hash of its key is kept. */
export interface RelayKey {
  /** For the log: `shop-backend`. */
  readonly name: string;
  /** SHA-256 of the key, hex. Enough for 256 random bits: there is nothing to guess, so nothing to slow down. */
  readonly sha256: string;
  /** Short names of the events that it may send. Absent: all. */
  readonly events?: readonly string[];
}

const schema = v.strictObject({
  keys: v.pipe(
    v.array(
      v.strictObject({
        name: v.pipe(
          v.string(),
          v.regex(/^[\w.-]{1,50}$/, 'must be 1 to 50 letters, digits, _ . or -'),
        ),
        sha256: v.pipe(
          v.string(),
          v.regex(/^[0-9a-f]{64}$/, 'must be 64 hex digits, in small letters'),
        ),
        events: v.exactOptional(v.array(v.string())),
      }),
    ),
    v.check(
      (keys) => new Set(keys.map(({ name }) => name)).size === keys.length,
      'has the same name twice',
    ),
  ),
});

export type ParsedRelayKeys =
  | { readonly ok: true; readonly keys: readonly RelayKey[] }
  /** A sentence without its end, which tells nothing of the text: it may be a secret. */
  | { readonly ok: false; readonly problem: string };

/** Reads `{"keys": [{"name", "sha256", "events"?}]}`, the file that `hubrelay key make` writes. Never throws. */
export function parseRelayKeys(text: string): ParsedRelayKeys {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return { ok: false, problem: 'it is not JSON' };
  }
  const result = v.safeParse(schema, json, { message: schemaWords });
  if (result.success) return { ok: true, keys: result.output.keys };
  const [issue] = result.issues;
  return { ok: false, problem: `${v.getDotPath(issue) ?? 'it'} ${issue.message}` };
}

/** A new key, to be shown once, and what is kept of it. */
export async function mintRelayKey(
  name: string,
  events: readonly string[] = [],
): Promise<{ secret: string; key: RelayKey }> {
  const random = crypto.getRandomValues(new Uint8Array(32));
  const secret = `hrk_${toBase64Url(random)}`;
  const sha256 = toHex(await sha256Of(secret));
  return { secret, key: { name, sha256, ...(events.length > 0 && { events }) } };
}

/** Longer than any key; hashing megabytes would be a gift to an attacker. */
const MAX_SECRET_CHARS = 200;

/** Whose secret this is. Takes the same time whichever key it is, or none. */
export async function findRelayKey(
  secret: string,
  keys: readonly RelayKey[],
): Promise<RelayKey | undefined> {
  if (secret.length > MAX_SECRET_CHARS) return undefined;
  const presented = toHex(await sha256Of(secret));
  let found: RelayKey | undefined;
  for (const key of keys) {
    if (isSame(presented, key.sha256)) found = key;
  }
  return found;
}

/** Looks at every character, so that the time says nothing about where the first difference is. */
function isSame(one: string, two: string): boolean {
  let difference = one.length ^ two.length;
  for (let at = 0; at < one.length; at += 1) {
    difference |= one.charCodeAt(at) ^ two.charCodeAt(at);
  }
  return difference === 0;
}

async function sha256Of(text: string): Promise<Uint8Array> {
  return new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text)));
}

function toHex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

function toBase64Url(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '');
}
