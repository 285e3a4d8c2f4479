import { gzipSync } from 'node:zlib';
import { type RunningFakeHubSpot, startFakeHubSpot } from '@hubrelay/fake-hubspot';
import { mintRelayKey } from '@hubrelay/relay';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { aliveBatch, postTo, variablesFor } from '../hosts/host-contract.ts';
import { type NodeHost, startNodeHost } from '../support/start-node-host.ts';
import { faultOf } from './fault-of.ts';
import { exchange } from './raw-http.ts';

// What only raw sockets can send. One request is one request, whatever it says about its own length.

let hubspot: RunningFakeHubSpot;
let host: NodeHost;
let relayKey: string;

beforeAll(async () => {
  hubspot = await startFakeHubSpot();
  const { secret, key } = await mintRelayKey('raw');
  relayKey = secret;
  host = await startNodeHost({
    ...variablesFor(hubspot),
    MAX_BODY_BYTES: '1048576',
    RELAY_KEYS: JSON.stringify({ keys: [key] }),
  });
});
beforeEach(() => hubspot.clear());
afterAll(async () => {
  await host?.stop();
  await hubspot?.close();
});

/** What the relay has taken, once an event that was sent after it has come to HubSpot. */
async function taken() {
  const later = aliveBatch();
  expect((await postTo(host, later)).status).toBe(204);
  return hubspot.received().filter(({ uuid }) => uuid !== later.events[0]?.uuid);
}

const body = JSON.stringify(aliveBatch());
const head = (...headers: string[]) =>
  [
    'POST /v1/events HTTP/1.1',
    'host: relay.example',
    'origin: https://shop.example',
    'content-type: text/plain',
    ...headers,
    '',
    '',
  ].join('\r\n');
const complete = (text: string | Uint8Array, ...headers: string[]) => [
  head('connection: close', `content-length: ${Buffer.byteLength(text)}`, ...headers),
  text,
];
const hidden = `${head('connection: close', `content-length: ${body.length}`)}${body}`;
const chunk = (text: string) => `${Buffer.byteLength(text).toString(16)}\r\n${text}\r\n`;

describe('a request that is broken as HTTP', () => {
  test.each<[string, string[]]>([
    ['two lengths', [head('content-length: 3', `content-length: ${body.length}`), body]],
    ['a list of lengths', [head(`content-length: 3, ${body.length}`), body]],
    ['a length and chunks', [head('content-length: 3', 'transfer-encoding: chunked'), chunk(body)]],
    ['a negative length', [head('content-length: -1'), body]],
    ['a signed length', [head(`content-length: +${body.length}`), body]],
    ['a length in hex', [head('content-length: 0x10'), body]],
    ['an endless length', [head(`content-length: ${'9'.repeat(30)}`), body]],
    ['an unknown transfer coding', [head('transfer-encoding: xchunked'), chunk(body)]],
    ['chunked not last', [head('transfer-encoding: chunked, identity'), chunk(body)]],
    ['chunked behind a tab trick', [head('transfer-encoding:\x0bchunked'), chunk(body)]],
    ['a chunk size that is none', [head('transfer-encoding: chunked'), 'zz\r\nabc\r\n']],
    ['a chunk size that overflows', [head('transfer-encoding: chunked'), `${'f'.repeat(17)}\r\na`]],
    ['a chunk longer than it says', [head('transfer-encoding: chunked'), '1\r\nabc\r\n0\r\n\r\n']],
    ['a folded header', [head('x-folded: a\r\n b', `content-length: ${body.length}`), body]],
    ['a space before the colon', [head(`content-length : ${body.length}`), body]],
    ['a NUL in a header', [head('x-nul: a\0b', `content-length: ${body.length}`), body]],
    ['a line without colon', [head('nonsense', `content-length: ${body.length}`), body]],
    ['two hosts', [head('host: other.example', `content-length: ${body.length}`), body]],
    ['the same host twice', [head('HOST: relay.example', `content-length: ${body.length}`), body]],
    ['no host', ['POST /v1/events HTTP/1.1\r\ncontent-length: 0\r\n\r\n']],
    ['another protocol', ['\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03']],
    ['nothing that makes sense', ['\r\n\r\n\0\0\0\0garbage\r\n\r\n']],
  ])('%s: is refused, and no event of it is taken', async (_, chunks) => {
    const answer = await exchange({ url: host.url, chunks, end: true });
    expect(faultOf(answer, [])).toBeUndefined();
    expect(answer.status).toBe(400);
    expect(await taken()).toEqual([]);
  });

  test('headers without end are refused', async () => {
    const answer = await exchange({
      url: host.url,
      chunks: [head(`x-big: ${'x'.repeat(20_000)}`)],
    });
    expect(faultOf(answer, [])).toBeUndefined();
    expect(answer.status).toBe(431);
  });

  test('a body that stops early is refused', async () => {
    const chunks = [head('content-length: 1000'), body];
    const answer = await exchange({ url: host.url, chunks, end: true });
    expect(faultOf(answer, [])).toBeUndefined();
    expect(await taken()).toEqual([]);
  });
});

test('what follows a request that closes is no request', async () => {
  const answer = await exchange({ url: host.url, chunks: [...complete(body), hidden] });
  expect(answer.status).toBe(204);
  expect(answer.text.match(/HTTP\/1\.1/g)).toHaveLength(1);
  expect(await taken()).toHaveLength(1);
});

test('garbage after a good request does not cost it its answer', async () => {
  const chunks = [head(`content-length: ${body.length}`), body, 'garbage\r\n\r\n'];
  const answer = await exchange({ url: host.url, chunks });
  expect(answer.status).toBe(204);
  expect(await taken()).toHaveLength(1);
});

test('a chunked body is a body', async () => {
  const chunks = [
    head('transfer-encoding: chunked', 'connection: close'),
    chunk(body.slice(0, 7)),
    chunk(body.slice(7)),
    '0\r\n\r\n',
  ];
  expect((await exchange({ url: host.url, chunks })).status).toBe(204);
});

describe('a body that costs', () => {
  const depth = (levels: number) => `${'[{"a":'.repeat(levels)}1${'}]'.repeat(levels)}`;

  test.each<[string, () => (string | Uint8Array)[], number]>([
    ['100,000 levels', () => complete(depth(50_000)), 400],
    ['100,000 brackets never closed', () => complete('['.repeat(100_000)), 400],
    ['a million bytes too many', () => complete('x'.repeat(2_000_000)), 413],
    [
      'a gzip bomb',
      () => complete(gzipSync(Buffer.alloc(50_000_000)), 'content-encoding: gzip'),
      415,
    ],
    ['a brotli name', () => complete('x', 'content-encoding: br'), 415],
    ['UTF-8 that is none', () => complete(Uint8Array.from([0x22, 0xc0, 0x80, 0x22])), 400],
    [
      'half a surrogate in bytes',
      () => complete(Uint8Array.from([0x22, 0xed, 0xa0, 0x80, 0x22])),
      400,
    ],
    ['UTF-16', () => complete(Buffer.from(body, 'utf16le')), 400],
    ['a number without end', () => complete(`{"sentAt":${'9'.repeat(500_000)}}`), 422],
  ])('%s', async (_, chunks, status) => {
    const answer = await exchange({ url: host.url, chunks: chunks() });
    // A server that stops reading early may reset the connection before its answer is read.
    if (status !== 413 || answer.status !== 0) {
      expect(faultOf(answer, [])).toBeUndefined();
      expect(answer.status).toBe(status);
    }
    expect(await taken()).toEqual([]);
  });

  test('a million levels from a server with a key', async () => {
    const text = '['.repeat(1_000_000);
    const chunks = [
      `POST /events/v3/send/batch HTTP/1.1\r\nhost: r\r\nconnection: close\r\nauthorization: Bearer ${relayKey}\r\ncontent-type: application/json\r\ncontent-length: ${text.length}\r\n\r\n`,
      text,
    ];
    const answer = await exchange({ url: host.url, chunks });
    expect(faultOf(answer, [])).toBeUndefined();
    expect(answer.status).toBe(400);
  });

  test('of two keys with one name the last counts, for the check and for the use', async () => {
    const [event] = aliveBatch().events;
    const twice = JSON.stringify({ ...aliveBatch(), events: [event] }).replace(
      '"eventName":',
      '"eventName":"never_defined","eventName":',
    );
    expect((await exchange({ url: host.url, chunks: complete(twice) })).status).toBe(204);
    expect(hubspot.received()).toMatchObject([{ eventName: 'pe1234567_product_viewed' }]);
  });
});

test('who holds a socket without ever asking is told so and cut off', async () => {
  const slow = [
    '',
    '\r\n',
    'POST /v1',
    head('content-length: 9').slice(0, -2),
    head('content-length: 9'),
  ];
  const answers = await Promise.all(
    slow.map((bytes) => exchange({ url: host.url, chunks: [bytes] })),
  );
  for (const answer of answers) expect(faultOf(answer, [])).toBeUndefined();
  expect(answers.map(({ status }) => status)).toEqual(slow.map(() => 408));
});

test('the relay is alive after all this, and its log has no fault of its own', async () => {
  expect((await exchange({ url: host.url, chunks: complete(body) })).status).toBe(204);
  expect(host.output()).not.toMatch(/unhandled|unexpected error/i);
});
