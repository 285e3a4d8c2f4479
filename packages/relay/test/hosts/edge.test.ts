import * as script from '@hubrelay/browser/bundle';
import { startFakeHubSpot } from '@hubrelay/fake-hubspot';
import { lambdaAddress, lambdaHandler } from '@hubrelay/relay/aws-lambda';
import { edgeRelay } from '@hubrelay/relay/edge';
import { describe, expect, onTestFinished, test } from 'vitest';
import { httpApiEvent, loadBalancerEvent, restApiEvent } from '../support/lambda-events.ts';
import { type LambdaAnswer, startBeforeLambda } from '../support/start-before-lambda.ts';
import { startInDeno, startInEdgeRuntime } from '../support/start-edge-host.ts';
import { aliveBatch, postTo, testHost, variablesFor } from './host-contract.ts';

testHost('examples/deno-deploy in Deno', (variables) =>
  startInDeno('examples/deno-deploy/main.ts', variables),
);

testHost('examples/netlify in Deno', (variables) =>
  startInDeno('packages/relay/test/support/netlify-in-deno.ts', variables),
);

testHost('examples/vercel in the runtime of edge functions', startInEdgeRuntime, {
  isCompressedByPlatform: true,
});

describe.each([
  ['an HTTP API or a function URL', httpApiEvent],
  ['a REST API', restApiEvent],
  ['a load balancer', loadBalancerEvent],
])('behind %s', (_, eventOf) => {
  testHost('a Lambda function', (env) =>
    startBeforeLambda(
      lambdaHandler(
        edgeRelay({ env, script, clientAddress: lambdaAddress }),
      ) as unknown as LambdaFunction,
      eventOf,
    ),
  );

  test('a client cannot say where it comes from', async () => {
    const hubspot = await startFakeHubSpot();
    onTestFinished(() => hubspot.close());
    const addresses: (string | undefined)[] = [];
    const relay = edgeRelay({
      env: variablesFor(hubspot),
      clientAddress(request, platform) {
        addresses.push(lambdaAddress(request, platform));
        return undefined;
      },
    });
    const host = await startBeforeLambda(
      lambdaHandler(relay) as unknown as LambdaFunction,
      eventOf,
    );
    onTestFinished(() => host.stop());
    expect((await postTo(host, aliveBatch(), { 'x-forwarded-for': '8.8.8.8' })).status).toBe(204);
    expect(addresses).toEqual(['192.0.2.1']);
  });
});

test.each([
  ['192.0.2.1:4711', '192.0.2.1'],
  ['6.6.6.6, [2001:db8::1]:4711', '2001:db8::1'],
  ['6.6.6.6; 192.0.2.1', '192.0.2.1'],
])('of a load balancer’s addresses %s the last one counts, without its port', (header, address) => {
  const request = new Request('https://relay.example', { headers: { 'x-forwarded-for': header } });
  expect(lambdaAddress(request, { event: { requestContext: { elb: {} } } })).toBe(address);
});

type LambdaFunction = (event: object, context: object) => Promise<LambdaAnswer>;

test('examples/supabase answers below the function’s name', async () => {
  const hubspot = await startFakeHubSpot();
  onTestFinished(() => hubspot.close());
  const host = await startInDeno(
    'examples/supabase/functions/hubrelay/index.ts',
    variablesFor(hubspot),
  );
  onTestFinished(() => host.stop());
  const below = { url: `${host.url}/hubrelay` };
  expect((await postTo(below, aliveBatch())).status).toBe(204);
  expect((await fetch(`${below.url}/hubrelay.js`)).status).toBe(200);
  expect(hubspot.received()).toHaveLength(1);
});

test('a relay that is not configured says so in the log, and takes nothing', async () => {
  const host = await startInDeno('examples/deno-deploy/main.ts', { ALLOWED_ORIGINS: '*' });
  onTestFinished(() => host.stop());
  expect((await postTo(host, aliveBatch())).status).toBe(503);
  await expect
    .poll(host.output)
    .toMatch(/ALLOWED_ORIGINS[^\n]*HUBSPOT_ACCESS_TOKEN|HUBSPOT_ACCESS_TOKEN[^\n]*ALLOWED_ORIGINS/);
});
