import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import type { RunningHost } from '../hosts/host-contract.ts';
import { keptConsole } from './kept-console.ts';

/** An HTTP server before a Lambda function, in the place of a gateway: one event for each request. */
export async function startBeforeLambda(
  handler: (event: object, context: object) => Promise<LambdaAnswer>,
  eventOf: (request: IncomingMessage, body: Buffer) => object,
): Promise<RunningHost> {
  const kept = keptConsole();
  const own = { ...console };
  Object.assign(console, kept.console);
  const server = createServer(async (request, response) => {
    const event = eventOf(request, await buffer(request));
    writeAnswer(response, await handler(event, {}));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    output: kept.output,
    async stop() {
      Object.assign(console, own);
      server.closeAllConnections();
      server.close();
    },
  };
}

export interface LambdaAnswer {
  readonly statusCode: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly multiValueHeaders?: Readonly<Record<string, readonly string[]>>;
  readonly body: string;
  readonly isBase64Encoded: boolean;
}

function writeAnswer(response: ServerResponse, answer: LambdaAnswer): void {
  const { statusCode, headers = {}, multiValueHeaders = {}, body, isBase64Encoded } = answer;
  for (const [name, value] of Object.entries({ ...headers, ...multiValueHeaders }))
    response.setHeader(name, value as string | string[]);
  response.writeHead(statusCode);
  response.end(Buffer.from(body, isBase64Encoded ? 'base64' : 'utf8'));
}
