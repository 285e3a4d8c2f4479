import { expect, test } from 'vitest';
import { Redacted } from '../core/redacted.ts';
import { SITE_VERIFY_URLS, siteVerify } from './site-verify.ts';

const ask = { token: 't', address: '203.0.113.7', idempotencyKey: 'u' };

function verifyWith(answer: () => Response | Promise<Response>) {
  const forms: Record<string, string>[] = [];
  const verify = siteVerify({
    url: SITE_VERIFY_URLS.turnstile,
    secret: new Redacted('s'),
    fetch: async (_, init) => {
      forms.push(Object.fromEntries(init?.body as URLSearchParams));
      return answer();
    },
  });
  return { forms, verify };
}

test('the service is asked with everything that it needs', async () => {
  const { forms, verify } = verifyWith(() => Response.json({ success: true }));
  expect(await verify(ask)).toBe('passed');
  expect(forms).toEqual([
    { secret: 's', response: 't', remoteip: '203.0.113.7', idempotency_key: 'u' },
  ]);
});

test.each([
  ['a wrong answer', () => Response.json({ success: false }), 'failed'],
  [
    'a wrong secret of ours',
    () => Response.json({ success: false, 'error-codes': ['invalid-input-secret'] }),
    'unavailable',
  ],
  ['a broken service', () => new Response('oops', { status: 500 }), 'unavailable'],
  ['no JSON', () => new Response('<html>'), 'unavailable'],
  ['JSON of something else', () => Response.json([]), 'unavailable'],
  ['a success that is not a yes or no', () => Response.json({ success: 'true' }), 'unavailable'],
  [
    'a service that is asked too often',
    () => Response.json({ success: false, 'error-codes': ['rate-limited'] }),
    'unavailable',
  ],
  ['no network', () => Promise.reject(new TypeError('fetch failed')), 'unavailable'],
])('%s', async (_, answer, verdict) => {
  expect(await verifyWith(answer).verify(ask)).toBe(verdict);
});

test('an answer that has passed passes again for the same events, and for no others', async () => {
  let uses = 0;
  const { forms, verify } = verifyWith(() => {
    uses += 1;
    return Response.json({ success: uses === 1, 'error-codes': ['already-seen-response'] });
  });
  expect(await verify(ask)).toBe('passed');
  expect(await verify(ask)).toBe('passed');
  expect(await verify({ ...ask, idempotencyKey: 'other events' })).toBe('failed');
  expect(await verify({ ...ask, token: 'another' })).toBe('failed');
  expect(forms).toHaveLength(3);
});

test('a thousand passed answers are remembered, and the oldest makes room', async () => {
  const { forms, verify } = verifyWith(() => Response.json({ success: true }));
  const pass = (number: number) => verify({ ...ask, idempotencyKey: `${number}` });
  for (let number = 0; number <= 1_000; number += 1) await pass(number);
  const asked = forms.length;
  await pass(1);
  expect(forms).toHaveLength(asked);
  await pass(0);
  expect(forms).toHaveLength(asked + 1);
});
