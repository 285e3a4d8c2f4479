import { type IncomingMessage, type Server, type ServerResponse, STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import { problem } from '../../http/problem.ts';

/**
 * Answers what Node's parser refuses before any code of ours sees it: broken HTTP, two lengths, headers without end. Node's
 * own answer has no body; a sender should get the same kind of document as for every other refusal.
 */
export function answerClientErrors(server: Server): void {
  const exchanges = new WeakMap<Duplex, Exchange>();
  server.on('request', (request, response) => {
    exchanges.set(request.socket, { request, response });
  });
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    if (!socket.writable) socket.destroy();
    else answerOn(socket, error.code, exchanges.get(socket));
  });
}

/** The last request of a socket. */
interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}

function answerOn(socket: Duplex, code: string | undefined, last: Exchange | undefined): void {
  const isAboutTheNext = last?.request.complete;
  if (isAboutTheNext && !last.response.writableFinished) {
    // What follows a good request is broken; the good one still gets its answer, and nothing else does.
    last.response.once('finish', () => socket.end());
  } else if (code === 'HPE_CLOSED_CONNECTION') {
    socket.end();
  } else if (!isAboutTheNext && last?.response.headersSent) {
    // A second answer in the middle of the first would be taken for a part of it.
    socket.destroy();
  } else {
    void writeTo(socket, answerTo(code));
  }
}

async function writeTo(socket: Duplex, answer: Response): Promise<void> {
  const body = await answer.text();
  const head = [
    `HTTP/1.1 ${answer.status} ${STATUS_CODES[answer.status]}`,
    ...[...answer.headers].map(([name, value]) => `${name}: ${value}`),
    `content-length: ${Buffer.byteLength(body)}`,
    'connection: close',
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`, () => socket.destroy());
}

function answerTo(code: string | undefined): Response {
  switch (code) {
    case 'HPE_HEADER_OVERFLOW':
      return problem('headers_too_large', 'Send less than 16 KiB of headers.');
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return problem('request_timeout', 'Send the same events again, faster.');
    default:
      return problem('invalid_request', 'The request is not HTTP/1.1 as RFC 9112 has it.');
  }
}
