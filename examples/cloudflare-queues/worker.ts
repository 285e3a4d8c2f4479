import * as script from '@hubrelay/browser/bundle';
import { queuedWorkerRelay } from '@hubrelay/relay/cloudflare-queues';

export default queuedWorkerRelay({ script });
