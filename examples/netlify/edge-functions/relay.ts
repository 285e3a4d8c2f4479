import * as script from '@hubrelay/browser/bundle';
import { edgeRelay } from '@hubrelay/relay/edge';

const { fetch } = edgeRelay({
  script,
  clientAddress: (_, context) => (context as { ip?: string }).ip,
});

export default (request: Request, context: unknown) => fetch(request, context);

export const config = { path: ['/v1/events', '/hubrelay*', '/livez', '/readyz'] };
