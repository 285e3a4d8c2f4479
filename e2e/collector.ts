import { EventEmitter, once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout } from 'node:timers/promises';
import type { WireBatch, WireEvent } from '@hubrelay/protocol';
import { closeServer } from './close-server.ts';

/** How the collector answers one request. */
export type Answer =
  | {
      readonly kind: 'status';
      readonly status: number;
      readonly headers?: Readonly<Record<string, string>>;
      readonly body?: string;
    }
  /** `200`: events for which `rejects` is true can never be accepted, the others are safe. */
  | { readonly kind: 'partial'; readonly rejects: (event: WireEvent) => boolean }
  /** Reads the request and never answers. */
  | { readonly kind: 'hang' }
  /** Reads the request and cuts the connection. */
  | { readonly kind: 'reset' };

export const accept: Answer = { kind: 'status', status: 204 };

/** A refusal by the relay; `retryAfter` as in the header: seconds or an HTTP date. */
export const refuse = (status: number, retryAfter?: string, code = 'some_code'): Answer => ({
  kind: 'status',
  status,
  headers: {
    'content-type': 'application/problem+json',
    ...(retryAfter !== undefined && { 'retry-after': retryAfter }),
  },
  body: JSON.stringify({
    type: 'https://hubrelay.example/troubleshooting.md#code',
    title: 'No',
    status,
    code,
    detail: 'Because.',
  }),
});

/** What a proxy, a firewall or a wrong address says in the place of the relay. */
export const refuseAsProxy = (status: number): Answer => ({
  kind: 'status',
  status,
  headers: { 'content-type': 'text/html' },
  body: '<html><h1>Not here</h1></html>',
});

/** A request as it came in, preflights included. */
export interface IncomingCall {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

export interface CollectedRequest extends IncomingCall {
  /** When its body was complete, on `performance.now()` of this process. */
  readonly atMs: number;
  /** How many requests were open when it came in, itself included. */
  readonly open: number;
  readonly answer: Answer;
}

/** One event of one request. The same uuid arrives again when the page sends it again. */
export interface Arrival extends WireEvent {
  readonly batch: WireBatch;
  readonly atMs: number;
  /** Whether the page was told that this event is safe. */
  readonly accepted: boolean;
}

export interface Collector {
  /** `http://127.0.0.1:port`, of another origin than the page's. */
  readonly origin: string;
  readonly requests: readonly CollectedRequest[];
  readonly arrivals: readonly Arrival[];
  /** What pages told of events that wait in them. */
  readonly reports: readonly IncomingCall[];
  /** How requests are answered from now on. */
  answer: Answer | ((call: IncomingCall) => Answer);
  /** Closes the port: connections are refused until `comeBack()`. */
  goAway(): Promise<void>;
  comeBack(): Promise<void>;
  /** Forgets what came in so far. */
  clear(): void;
  /** Resolves with the accepted events when there are at least `count` different ones. */
  waitFor(count: number, timeoutMs?: number): Promise<readonly Arrival[]>;
  /** Resolves when `isDone` holds, looking again at each request. */
  waitUntil(isDone: () => boolean, what: string, timeoutMs?: number): Promise<void>;
  close(): Promise<void>;
}

export interface CollectorOptions {
  /** Files to serve beside, by path: a bundle, a page. */
  readonly files?: Readonly<
    Record<string, { readonly type: string; readonly body: string | Buffer }>
  >;
  /** What a real network would take, milliseconds. A sender that has hung up by then has sent nothing. @default 0 */
  readonly latencyMs?: number;
}

/** Starts the receiving end for one test: a relay's wire without a relay, which remembers, and fails on request. */
export async function startCollector(options: CollectorOptions = {}): Promise<Collector> {
  const { files = {}, latencyMs = 0 } = options;
  const requests: CollectedRequest[] = [];
  const arrivals: Arrival[] = [];
  const reports: IncomingCall[] = [];
  const news = new EventEmitter().setMaxListeners(0);
  let open = 0;

  const server = createServer(async (request, response) => {
    const file = files[request.url?.split('?')[0] ?? ''];
    if (file && request.method === 'GET') return serve(response, file);
    open += 1;
    response.once('close', () => {
      open -= 1;
    });
    const openNow = open;
    const body = await readBody(request).catch(() => undefined);
    if (latencyMs > 0) await setTimeout(latencyMs);
    if (body === undefined || request.socket.destroyed) return;
    const { method = '', url = '', headers } = request;
    const call = { method, url, headers, body };
    const answer =
      typeof collector.answer === 'function' ? collector.answer(call) : collector.answer;
    const taken = { ...call, answer, open: openNow, atMs: performance.now() };
    if (body.startsWith('{"report"')) {
      reports.push(call);
      reply(request, response, { ...taken, answer: accept });
      news.emit('request');
      return;
    }
    requests.push(taken);
    if (method === 'POST') arrivals.push(...eventsOf(taken));
    reply(request, response, taken);
    news.emit('request');
  });
  const listen = async (port: number) => {
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
    return (server.address() as AddressInfo).port;
  };
  const goAway = async () => {
    if (!server.listening) return;
    await closeServer(server);
  };
  const port = await listen(0);

  const collector: Collector = {
    origin: `http://127.0.0.1:${port}`,
    requests,
    arrivals,
    reports,
    answer: accept,
    goAway,
    comeBack: async () => void (await listen(port)),
    clear() {
      requests.length = 0;
      arrivals.length = 0;
    },
    async waitFor(count, timeoutMs) {
      const what = () => `${acceptedUuids(arrivals).size} of ${count} events`;
      await untilNews(news, () => acceptedUuids(arrivals).size >= count, what, timeoutMs);
      return arrivals.filter(({ accepted }) => accepted);
    },
    waitUntil: (isDone, what, timeoutMs) => untilNews(news, isDone, () => what, timeoutMs),
    close: goAway,
  };
  return collector;
}

/** The uuids of the events that the page was told are safe. */
export function acceptedUuids(arrivals: readonly Arrival[]): Set<string> {
  return new Set(arrivals.filter(({ accepted }) => accepted).map(({ uuid }) => uuid));
}

/** The uuids accepted more than once: what a relay without memory would count twice. */
export function repeatedUuids(arrivals: readonly Arrival[]): string[] {
  const accepted = arrivals.filter((arrival) => arrival.accepted).map(({ uuid }) => uuid);
  return [...new Set(accepted.filter((uuid, i) => accepted.indexOf(uuid) !== i))];
}

function eventsOf({ answer, atMs, body }: CollectedRequest): Arrival[] {
  const batch = parse(body);
  if (!Array.isArray(batch?.events)) return [];
  return batch.events.map((event) => ({
    ...event,
    batch,
    atMs,
    accepted:
      answer.kind === 'partial'
        ? !answer.rejects(event)
        : answer.kind === 'status' && answer.status >= 200 && answer.status < 300,
  }));
}

function parse(text: string): WireBatch | undefined {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function reply(
  request: IncomingMessage,
  response: ServerResponse,
  { answer, body }: CollectedRequest,
): void {
  if (answer.kind === 'hang') return;
  if (answer.kind === 'reset') return void request.socket.destroy();
  const headers = {
    'access-control-allow-origin': request.headers.origin ?? '*',
    'access-control-allow-credentials': 'true',
    'access-control-allow-headers': request.headers['access-control-request-headers'] ?? '*',
    'access-control-allow-methods': 'GET, POST',
    'access-control-expose-headers': 'Retry-After, X-HubRelay-Notes',
    vary: 'Origin',
  };
  if (request.method === 'OPTIONS') return void response.writeHead(204, headers).end();
  if (answer.kind === 'status') {
    response.writeHead(answer.status, { ...headers, ...answer.headers });
    return void response.end(answer.body);
  }
  const events = parse(body)?.events ?? [];
  const rejected = events.flatMap((event, index) =>
    answer.rejects(event)
      ? [{ uuid: event.uuid, index, code: 'invalid_event', message: 'Refused by the test.' }]
      : [],
  );
  response.writeHead(200, { ...headers, 'content-type': 'application/json' });
  response.end(JSON.stringify({ accepted: events.length - rejected.length, rejected }));
}

function serve(response: ServerResponse, file: { type: string; body: string | Buffer }): void {
  response.writeHead(200, {
    'content-type': file.type,
    'access-control-allow-origin': '*',
    'cross-origin-resource-policy': 'cross-origin',
  });
  response.end(file.body);
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

async function untilNews(
  news: EventEmitter,
  isDone: () => boolean,
  what: () => string,
  timeoutMs = 45_000,
): Promise<void> {
  const timeout = AbortSignal.timeout(timeoutMs);
  while (!isDone()) {
    await once(news, 'request', { signal: timeout }).catch(() => {
      throw new Error(`Not within ${timeoutMs} ms: ${what()}`);
    });
  }
}
