import * as script from '@hubrelay/browser/bundle';
import { edgeRelay } from '@hubrelay/relay/edge';

export const config = { runtime: 'edge' };

// Vercel compresses what functions answer.
const { source, integrity } = script;

// Vercel sets the header itself and drops what a client sends under its name.
const { fetch } = edgeRelay({
  script: { source, integrity },
  clientAddress: (request) => request.headers.get('x-real-ip'),
});

export default (request: Request) => fetch(request);
