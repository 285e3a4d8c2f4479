import * as script from '@hubrelay/browser/bundle';
import { serverlessRelay } from '@hubrelay/relay/serverless';

// Vercel sets the header itself and drops what a client sends under its name.
export const relay = serverlessRelay({
  script,
  clientAddress: (request) => request.headers.get('x-real-ip'),
});
