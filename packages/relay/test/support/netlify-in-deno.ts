// In the place of Netlify's platform, which calls the function with a context: https://docs.netlify.com/build/edge-functions/api/
import handler from '../../../../examples/netlify/edge-functions/relay.ts';

interface Served {
  serve(handle: (request: Request, info: { remoteAddr: { hostname: string } }) => unknown): void;
}

const { serve } = (globalThis as unknown as { Deno: Served }).Deno;
serve((request, { remoteAddr }) => handler(request, { ip: remoteAddr.hostname }));
