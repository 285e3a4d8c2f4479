import type { IncomingMessage } from 'node:http';

/** https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html, also of function URLs */
export function httpApiEvent(request: IncomingMessage, body: Buffer): object {
  const { pathname, search } = urlOf(request);
  const { cookie, ...headers } = single(request);
  const { method = 'GET' } = request;
  return {
    version: '2.0',
    routeKey: '$default',
    rawPath: pathname,
    rawQueryString: search.slice(1),
    ...(cookie !== undefined && { cookies: cookie.split('; ') }),
    headers,
    requestContext: {
      accountId: '123456789012',
      apiId: 'api-id',
      domainName: 'id.execute-api.us-east-1.amazonaws.com',
      domainPrefix: 'id',
      http: {
        method,
        path: pathname,
        protocol: 'HTTP/1.1',
        sourceIp: '192.0.2.1',
        userAgent: headers['user-agent'] ?? '',
      },
      requestId: 'id',
      routeKey: '$default',
      stage: '$default',
      time: '12/Mar/2020:19:03:58 +0000',
      timeEpoch: 1583348638390,
    },
    ...bodyOf(body),
  };
}

/** https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html */
export function restApiEvent(request: IncomingMessage, body: Buffer): object {
  const { pathname } = urlOf(request);
  return {
    resource: '/{proxy+}',
    path: pathname,
    httpMethod: request.method,
    headers: single(request),
    multiValueHeaders: multiple(request),
    queryStringParameters: null,
    multiValueQueryStringParameters: null,
    requestContext: {
      accountId: '123456789012',
      apiId: 'id',
      httpMethod: request.method,
      identity: { sourceIp: '192.0.2.1', userAgent: 'user-agent' },
      path: pathname,
      protocol: 'HTTP/1.1',
      requestId: 'id',
      resourcePath: '/{proxy+}',
      stage: '$default',
    },
    pathParameters: null,
    stageVariables: null,
    ...bodyOf(body),
  };
}

/** https://docs.aws.amazon.com/elasticloadbalancing/latest/application/lambda-functions.html */
export function loadBalancerEvent(request: IncomingMessage, body: Buffer): object {
  const { 'x-forwarded-for': before, ...headers } = single(request);
  return {
    requestContext: {
      elb: {
        targetGroupArn:
          'arn:aws:elasticloadbalancing:us-east-2:123456789012:targetgroup/lambda/49e9d65c45c6791a',
      },
    },
    httpMethod: request.method,
    path: urlOf(request).pathname,
    queryStringParameters: {},
    headers: {
      ...headers,
      'x-forwarded-for': [...(before ? [before] : []), '192.0.2.1'].join(', '),
      'x-forwarded-port': '443',
      'x-forwarded-proto': 'https',
    },
    ...bodyOf(body),
  };
}

const urlOf = ({ url = '/' }: IncomingMessage) => new URL(url, 'http://gateway.example');

function single({ headers }: IncomingMessage): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, String(value)]],
    ),
  );
}

function multiple(request: IncomingMessage): Record<string, string[]> {
  return Object.fromEntries(
    Object.entries(single(request)).map(([name, value]) => [name, [value]]),
  );
}

function bodyOf(body: Buffer) {
  return body.length === 0
    ? { body: null, isBase64Encoded: false }
    : { body: body.toString('base64'), isBase64Encoded: true };
}
