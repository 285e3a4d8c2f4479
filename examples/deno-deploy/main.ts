import * as script from '@hubrelay/browser/bundle';
import { edgeRelay } from '@hubrelay/relay/edge';

const { fetch } = edgeRelay({
  script,
  clientAddress: (_, info) => (info as Deno.ServeHandlerInfo<Deno.NetAddr>).remoteAddr.hostname,
});

Deno.serve(fetch);
