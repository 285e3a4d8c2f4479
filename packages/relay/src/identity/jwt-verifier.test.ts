import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, type JWK, SignJWT } from 'jose';
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { Redacted } from '../core/redacted.ts';
import type { UnverifiedIdentity } from './identity.ts';
import type { IdentityKeys } from './identity-keys.ts';
import { jwtVerifier } from './jwt-verifier.ts';
import { signIdentity } from './sign-identity.ts';

const AUDIENCE = 'https://shop.example';
const UTK = '0123456789abcdef0123456789abcdef';
const SECRET = 'a secret of thirty-two bytes, or more';
const OLD_SECRET = 'the secret of last year, still long enough';
const HOUR_MS = 3_600_000;
const jane = { email: 'jane@shop.example' };

const secrets = (...values: { secret: string; kid?: string }[]): IdentityKeys => ({
  kind: 'secrets',
  secrets: values.map(({ secret, ...rest }) => ({ secret: new Redacted(secret), ...rest })),
});

function verifier(keys = secrets({ secret: SECRET })) {
  return jwtVerifier({ audience: AUDIENCE, keys });
}

const sign = (claims: object, options: object = {}) =>
  signIdentity(claims, { audience: AUDIENCE, key: SECRET, ...options });

/** A token that `signIdentity` would not make. */
const forge = (claims: Record<string, unknown>, header: object = {}) =>
  new SignJWT({ aud: AUDIENCE, exp: Math.floor(Date.now() / 1_000) + 600, ...claims })
    .setProtectedHeader({ alg: 'HS256', ...header })
    .sign(new TextEncoder().encode(SECRET));

describe('an identity signed with the shared secret', () => {
  test.each([
    [jane],
    [{ objectId: '151' }],
    [{ ...jane, objectId: '151' }],
    [{ ...jane, utk: UTK }],
  ])('%j is accepted', async (claims) => {
    const { utk: _, ...named } = { utk: undefined, ...claims };
    expect(await verifier().verify(await sign(claims), UTK)).toEqual({ ok: true, ...named });
  });

  test.each([
    ['no utk in Python', { ...jane, utk: null }, jane],
    ['no utk in PHP', { ...jane, utk: '' }, jane],
    ['no e-mail address', { objectId: '151', email: null, utk: '' }, { objectId: '151' }],
    ['the ID of a record as a number', { objectId: 151 }, { objectId: '151' }],
    ['no ID of a record', { ...jane, objectId: '' }, jane],
  ])('is good with what backends write: %s', async (_, claims, named) => {
    expect(await verifier().verify(await forge(claims), UTK)).toEqual({ ok: true, ...named });
  });

  test.each([{ objectId: -1 }, { objectId: 1.5 }, { objectId: '', email: '' }])(
    'names no person with %j',
    async (claims) => {
      const reason = 'names_nobody';
      expect(await verifier().verify(await forge(claims), UTK)).toEqual({ ok: false, reason });
    },
  );

  const now = Math.floor(Date.now() / 1_000);
  test.each<[string, () => string | Promise<string>, string]>([
    ['no JWT', () => 'nonsense', 'malformed'],
    ['only dots', () => '..', 'malformed'],
    ['longer than any of ours', () => forge({ ...jane, pad: 'x'.repeat(5_000) }), 'malformed'],
    ['another secret', () => sign(jane, { key: OLD_SECRET }), 'bad_signature'],
    ['an hour past its end', () => forge({ ...jane, exp: now - 3_600 }), 'expired'],
    ['no end', () => forge({ ...jane, exp: undefined }), 'malformed'],
    ['a week to live', () => sign(jane, { lifetimeMs: 168 * HOUR_MS }), 'lives_too_long'],
    ['another audience', () => sign(jane, { audience: 'https://x.example' }), 'wrong_audience'],
    ['no audience', () => forge({ ...jane, aud: undefined }), 'wrong_audience'],
    ['another visitor', () => sign({ ...jane, utk: 'f'.repeat(32) }), 'other_visitor'],
    ['the visitor in upper case', () => sign({ ...jane, utk: UTK.toUpperCase() }), 'other_visitor'],
    ['a visitor that is no text', () => forge({ ...jane, utk: 7 }), 'other_visitor'],
    ['a beginning an hour from now', () => forge({ ...jane, nbf: now + 3_600 }), 'malformed'],
    ['an end that is a text', () => forge({ ...jane, exp: `${now + 60}` as never }), 'malformed'],
    ['an end that never comes', () => forge({ ...jane, exp: 1e300 }), 'lives_too_long'],
    ['audiences of others', () => forge({ ...jane, aud: ['https://x.example'] }), 'wrong_audience'],
    ['no person named', () => forge({}), 'names_nobody'],
    ['an address that is none', () => sign({ email: 'jane' }), 'names_nobody'],
    ['an address with a line break', () => sign({ email: 'j@x.example\nx' }), 'names_nobody'],
    ['an address with a NUL', () => sign({ email: 'j\0@x.example' }), 'names_nobody'],
    ['an objectId that is an object', () => forge({ objectId: { $ne: 1 } }), 'names_nobody'],
  ])('%s is not accepted', async (_, token, reason) => {
    expect(await verifier().verify(await token(), UTK)).toMatchObject({ ok: false, reason });
  });

  test('that has expired is refused with how long ago, by the relay’s clock', async () => {
    const token = await forge({ ...jane, exp: now - 3_600 });
    const { expiredForS = 0 } = (await verifier().verify(token, UTK)) as UnverifiedIdentity;
    expect(expiredForS).toBeGreaterThanOrEqual(3_600);
    expect(expiredForS).toBeLessThan(4_000);
  });

  test('may be for several audiences', async () => {
    const token = await forge({ ...jane, aud: ['https://x.example', AUDIENCE] });
    expect(await verifier().verify(token, UTK)).toMatchObject({ ok: true });
  });

  test('is good for no request without the visitor that it is bound to', async () => {
    const bound = await sign({ ...jane, utk: UTK });
    expect(await verifier().verify(bound, undefined)).toMatchObject({ reason: 'other_visitor' });
  });

  test.each(['none', 'HS512', 'EdDSA'])('cannot choose the algorithm %s', async (alg) => {
    const [, payload, signature] = (await sign(jane)).split('.');
    const header = Buffer.from(JSON.stringify({ alg })).toString('base64url');
    const token = `${header}.${payload}.${alg === 'none' ? '' : signature}`;
    expect(await verifier().verify(token, UTK)).toEqual({ ok: false, reason: 'unknown_key' });
  });
});

describe('rotation', () => {
  test('two secrets are live at once', async () => {
    const both = verifier(secrets({ secret: SECRET }, { secret: OLD_SECRET }));
    for (const key of [SECRET, OLD_SECRET]) {
      expect(await both.verify(await sign(jane, { key }), UTK)).toMatchObject({ ok: true });
    }
  });

  test('a kid chooses its secret and no other', async () => {
    const keys = secrets({ secret: SECRET, kid: 'new' }, { secret: OLD_SECRET, kid: 'old' });
    const check = async (key: string, kid?: string) =>
      verifier(keys).verify(await sign(jane, { key, kid }), UTK);
    expect(await check(OLD_SECRET, 'old')).toMatchObject({ ok: true });
    expect(await check(OLD_SECRET, 'new')).toMatchObject({ reason: 'bad_signature' });
    expect(await check(OLD_SECRET, 'lost')).toMatchObject({ reason: 'unknown_key' });
    expect(await check(OLD_SECRET)).toMatchObject({ reason: 'unknown_key' });
  });
});

describe('an identity signed with a private key', () => {
  let privateKey: JWK;
  let publicKey: JWK;
  beforeAll(async () => {
    const pair = await generateKeyPair('EdDSA', { extractable: true });
    privateKey = { ...(await exportJWK(pair.privateKey)), kid: 'k1' };
    publicKey = { ...(await exportJWK(pair.publicKey)), kid: 'k1' };
  });

  test('is accepted by the public one', async () => {
    const keys: IdentityKeys = { kind: 'jwks', jwks: { keys: [publicKey as never] } };
    const token = await sign(jane, { key: privateKey });
    expect(await verifier(keys).verify(token, UTK)).toMatchObject({ ok: true });
    const other = await sign(jane, { key: privateKey, kid: 'k2' });
    expect(await verifier(keys).verify(other, UTK)).toMatchObject({ reason: 'unknown_key' });
  });

  test('cannot be replaced by one whose secret is the public key', async () => {
    const keys: IdentityKeys = { kind: 'jwks', jwks: { keys: [publicKey as never] } };
    const token = await sign(jane, { key: publicKey.x as string, kid: 'k1' });
    expect(await verifier(keys).verify(token, UTK)).toMatchObject({ reason: 'unknown_key' });
  });

  test('is accepted by keys that the backend publishes, when they can be had', async () => {
    let isUp = false;
    const url = await serve((_, answer) => {
      answer.writeHead(isUp ? 200 : 500).end(JSON.stringify({ keys: [publicKey] }));
    });
    const remote = verifier({ kind: 'jwks_url', url });
    const token = await sign(jane, { key: privateKey });
    expect(await remote.verify(token, UTK)).toEqual({ ok: false, reason: 'keys_unavailable' });
    isUp = true;
    expect(await remote.verify(token, UTK)).toMatchObject({ ok: true, ...jane });
  });
});

describe('published keys', () => {
  test('are not fetched from where a redirect leads', async () => {
    const pair = await generateKeyPair('EdDSA', { extractable: true });
    const jwk = { ...(await exportJWK(pair.publicKey)), kid: 'evil' };
    let fetched = 0;
    const evil = await serve((_, answer) => {
      fetched += 1;
      answer.end(JSON.stringify({ keys: [jwk] }));
    });
    const url = await serve((_, answer) => answer.writeHead(302, { location: evil }).end());
    const token = await sign(jane, { key: await exportJWK(pair.privateKey), kid: 'evil' });
    const result = await verifier({ kind: 'jwks_url', url }).verify(token, UTK);
    expect(result).toEqual({ ok: false, reason: 'keys_unavailable' });
    expect(fetched).toBe(0);
  });

  test('that turn into a shared secret check nothing', async () => {
    const k = Buffer.from(SECRET).toString('base64url');
    const url = await serve((_, answer) => {
      answer.end(JSON.stringify({ keys: [{ kty: 'oct', k, kid: 'k1', alg: 'HS256' }] }));
    });
    const token = await sign(jane, { kid: 'k1' });
    const result = await verifier({ kind: 'jwks_url', url }).verify(token, UTK);
    expect(result).toEqual({ ok: false, reason: 'unknown_key' });
  });

  test('are not fetched for every token with a kid that somebody made up', async () => {
    const pair = await generateKeyPair('EdDSA', { extractable: true });
    const jwk = { ...(await exportJWK(pair.publicKey)), kid: 'k1' };
    let fetched = 0;
    const url = await serve((_, answer) => {
      fetched += 1;
      answer.end(JSON.stringify({ keys: [jwk] }));
    });
    const remote = verifier({ kind: 'jwks_url', url });
    for (const kid of ['a', 'b', '../../etc/passwd', `${url}#`]) {
      const token = await sign(jane, { key: await exportJWK(pair.privateKey), kid });
      expect(await remote.verify(token, UTK)).toEqual({ ok: false, reason: 'unknown_key' });
    }
    expect(fetched).toBe(1);
  });
});

/** @returns its address */
async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/jwks.json`;
}

test.each<[string, IdentityKeys, RegExp]>([
  ['a short secret', secrets({ secret: 'short' }), /32/],
  ['no secret', secrets(), /not there/],
  ['a private key', { kind: 'jwks', jwks: { keys: [{ kty: 'OKP', d: 'x' }] } }, /public half/],
  ['no key set', { kind: 'jwks', jwks: {} as never }, /the identity key set is not a key set/],
])('%s is refused at the start', (_, keys, message) => {
  expect(() => verifier(keys)).toThrow(message);
});

test('an identity without a person vouches for none', async () => {
  await expect(sign({ utk: UTK })).rejects.toThrow('email or an objectId');
});
