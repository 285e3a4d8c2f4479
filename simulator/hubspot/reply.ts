import type { Effect } from './effect.ts';

const HTML = '<!doctype html><html><head><title>Attention</title></head><body>Sorry.</body></html>';

/** The answer that an effect stands for. */
export function reply(effect: Effect, status: number, eventName: string): Response {
  const headers = new Headers();
  if (effect.retryAfter !== undefined) headers.set('retry-after', effect.retryAfter);
  if (status >= 300 && status < 400) headers.set('location', 'https://elsewhere.example/');
  headers.set('content-type', effect.body === 'html' ? 'text/html' : 'application/json');
  return new Response(bodyOf(effect, eventName), { status, headers });
}

/** What HubSpot says of a refusal. */
export function messageOf(effect: Effect, eventName: string): string {
  return (effect.message ?? `HubSpot says no (${effect.name}).`).replace('{name}', eventName);
}

function bodyOf(effect: Effect, eventName: string): string | ReadableStream | null {
  const text = JSON.stringify({
    status: 'error',
    message: messageOf(effect, eventName),
    correlationId: '5d0a1f8e-0000-4000-8000-000000000000',
    ...(effect.category && { category: effect.category }),
    ...(effect.policyName && { policyName: effect.policyName, errorType: 'RATE_LIMIT' }),
  });
  switch (effect.body) {
    case 'hubspot':
      return text;
    case 'html':
      return HTML;
    case 'cut':
      return breaksOff(text.slice(0, 20));
    default:
      return null;
  }
}

function breaksOff(start: string): ReadableStream {
  let isBegun = false;
  return new ReadableStream({
    pull(controller) {
      if (isBegun) return controller.error(new TypeError('terminated'));
      isBegun = true;
      controller.enqueue(new TextEncoder().encode(start));
    },
  });
}
