/**
 * The relay as an AWS Lambda function, behind an API Gateway (REST or HTTP API), a function URL or a load balancer.
 * @module
 */
import { Hono } from 'hono';
import { handle } from 'hono/aws-lambda';
import { clientAddress } from '../limit/client-address.ts';
import type { EdgeRelay } from './edge.ts';

/** Makes the handler of a function from a relay of `@hubrelay/relay/edge` or `/serverless`, made with `clientAddress: lambdaAddress`. */
export function lambdaHandler(relay: EdgeRelay): ReturnType<typeof handle> {
  const app = new Hono();
  app.all('*', (c) => relay.fetch(c.req.raw, c.env));
  return handle(app);
}

/**
 * Where a request came from, as AWS says it. A load balancer has it only in `X-Forwarded-For`, to which it appends the address it
 * saw: what stands before that the client may have written.
 */
export function lambdaAddress(request: Request, platform: unknown): string | undefined {
  const { requestContext = {} } = (platform as { event?: LambdaEvent }).event ?? {};
  const { http, identity, elb } = requestContext;
  // Several headers arrive joined by semicolons, and an address may have its port.
  const hops = request.headers.get('x-forwarded-for')?.replaceAll(';', ',') ?? null;
  return http?.sourceIp ?? identity?.sourceIp ?? (elb && clientAddress(undefined, hops, 1));
}

/** The parts of the events of API Gateway (formats 1 and 2), function URLs and load balancers that tell an address. */
interface LambdaEvent {
  readonly requestContext?: {
    readonly http?: { readonly sourceIp?: string };
    readonly identity?: { readonly sourceIp?: string };
    readonly elb?: object;
  };
}
