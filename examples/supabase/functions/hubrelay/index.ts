import * as script from '@hubrelay/browser/bundle';
import { edgeRelay } from '@hubrelay/relay/edge';

// What a proxy appends comes last; what stands before may be the client's own words. Supabase does not document which entry is its own.
const { fetch } = edgeRelay({
  script,
  clientAddress: (request) => request.headers.get('x-forwarded-for')?.split(',').at(-1)?.trim(),
});

// A function is reached below its own name: /functions/v1/hubrelay/v1/events, and sees /hubrelay/v1/events.
Deno.serve((request, info) => {
  const url = new URL(request.url);
  url.pathname = url.pathname.replace(/^\/hubrelay(?=\/)/, '');
  return fetch(new Request(url, request), info);
});
