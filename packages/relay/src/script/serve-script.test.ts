import { createHash } from 'node:crypto';
import { brotliCompressSync, brotliDecompressSync, gunzipSync, gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { scriptServer } from './serve-script.ts';

const source = 'console.log("a script")';
const script = {
  source,
  integrity: 'sha384-abc/def+ghi',
  encoded: {
    br: brotliCompressSync(source).toString('base64'),
    gzip: gzipSync(source).toString('base64'),
  },
};
const DECODE = { br: brotliDecompressSync, gzip: gunzipSync, plain: (bytes: Buffer) => bytes };

const request = (headers: Record<string, string>, path = '/t.js') =>
  new Request(`https://relay.example${path}`, { headers });

async function get(serve: ReturnType<typeof scriptServer>, headers: Record<string, string>) {
  const answer = await serve.newest(request(headers));
  const body = Buffer.from(await answer.arrayBuffer());
  return { status: answer.status, body, headers: Object.fromEntries(answer.headers) };
}

describe.each([
  ['br', { 'accept-encoding': 'gzip, deflate, br, zstd' }],
  ['gzip', { 'accept-encoding': 'gzip, deflate' }],
  ['plain', {}],
] as const)('%s', (coding, accept) => {
  test('is what the client takes, and caches keep it apart', async () => {
    const { body, headers } = await get(scriptServer(script, '/t.js'), accept);
    expect(DECODE[coding](body).toString()).toBe(source);
    expect(headers['content-encoding'] ?? 'plain').toBe(coding);
    expect(headers.vary).toBe('Accept-Encoding');
  });

  test('has a tag of its own, which spares sending it again', async () => {
    const serve = scriptServer(script, '/t.js');
    const others = await Promise.all(
      ['br', 'gzip', ''].map((one) => get(serve, { 'accept-encoding': one })),
    );
    expect(new Set(others.map(({ headers }) => headers.etag)).size).toBe(3);
    const { etag = '' } = (await get(serve, accept)).headers;
    expect(await get(serve, { ...accept, 'if-none-match': etag })).toMatchObject({
      status: 304,
      headers: { etag, vary: 'Accept-Encoding' },
    });
    // Who holds another coding of the same script has the script.
    expect((await get(serve, { 'if-none-match': etag })).status).toBe(304);
  });
});

test('uncompressed, the tag is the hash for the page', async () => {
  const { headers } = await get(scriptServer(script, '/t.js'), {});
  expect(headers.etag).toBe(`"${script.integrity}"`);
});

test('what was not compressed beforehand is sent as it is', async () => {
  const plain = { source, integrity: script.integrity };
  const { body, headers } = await get(scriptServer(plain, '/t.js'), { 'accept-encoding': 'br' });
  expect(body.toString()).toBe(source);
  expect(headers).not.toHaveProperty('content-encoding');
});

describe('a script that the relay has edited', () => {
  const edited = source.replace('a script', 'an edited script');
  const serve = () => scriptServer(script, '/t.js', (text) => text.replace('a ', 'an edited '));

  test.each(['br', 'gzip', 'plain'] as const)('is sent as %s', async (coding) => {
    const { body, headers } = await get(serve(), { 'accept-encoding': coding });
    expect(DECODE[coding](body).toString()).toBe(edited);
    expect(headers['content-encoding'] ?? 'plain').toBe(coding);
  });

  test('has its own hash and its own path', async () => {
    const integrity = `sha384-${createHash('sha384').update(edited).digest('base64')}`;
    const { headers } = await get(serve(), {});
    expect(headers.etag).toBe(`"${integrity}"`);
    const path = headers['content-location'] ?? '';
    expect(path).not.toBe('/t-abcdefghi.js');
    expect(await (await serve().pinned(request({}, path)))?.text()).toBe(edited);
    expect(await serve().pinned(request({}, '/t-abcdefghi.js'))).toBeUndefined();
  });
});
