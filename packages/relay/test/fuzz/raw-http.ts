import { connect } from 'node:net';

/** What came back over a socket, as far as it can be read. */
export interface RawAnswer {
  /** 0 when the server closed the connection without a word. */
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** Every byte, also of a second answer. */
  readonly text: string;
}

export interface RawExchange {
  readonly url: string;
  /** Written one after the other. */
  readonly chunks: readonly (string | Uint8Array)[];
  /** Says that no more will come. A server that still waits for a part of the body learns so that it never will. */
  readonly end?: boolean;
  /** A server that needs longer has hung. */
  readonly timeoutMs?: number;
}

/** Writes bytes and reads until the server closes. @throws when it does not */
export function exchange({
  url,
  chunks,
  end = false,
  timeoutMs = 180_000,
}: RawExchange): Promise<RawAnswer> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    const received: Buffer[] = [];
    const socket = connect({ host: hostname, port: Number(port), allowHalfOpen: true });
    const done = () => resolve(parseAnswer(Buffer.concat(received).toString('latin1')));
    socket.setTimeout(timeoutMs, () => {
      socket.destroy();
      reject(new Error(`hung for ${timeoutMs} ms after ${Buffer.concat(received).length} bytes`));
    });
    socket.on('data', (bytes) => received.push(bytes));
    socket.on('end', () => socket.destroy());
    // A server that refuses early resets the connection while the rest of the body is on its way.
    socket.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'ECONNREFUSED') reject(new Error('the server is gone'));
    });
    socket.on('close', done);
    for (const chunk of chunks) socket.write(chunk);
    if (end) socket.end();
  });
}

function parseAnswer(text: string): RawAnswer {
  const end = text.indexOf('\r\n\r\n');
  const [statusLine = '', ...lines] = text.slice(0, Math.max(0, end)).split('\r\n');
  const headers = Object.fromEntries(
    lines.map((line) => {
      const colon = line.indexOf(':');
      return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
    }),
  );
  const status = Number(/^HTTP\/1\.1 (\d{3})/.exec(statusLine)?.[1] ?? 0);
  const rest = text.slice(end + 4);
  const body = headers['transfer-encoding'] === 'chunked' ? unchunk(rest) : rest;
  return { status, headers, body: Buffer.from(body, 'latin1').toString('utf8'), text };
}

function unchunk(text: string): string {
  let rest = text;
  let body = '';
  for (;;) {
    const end = rest.indexOf('\r\n');
    const length = Number.parseInt(rest, 16);
    if (end < 0 || !(length > 0)) return body;
    body += rest.slice(end + 2, end + 2 + length);
    rest = rest.slice(end + 4 + length);
  }
}
