import * as script from '@hubrelay/browser/bundle';
import { workerRelay } from '@hubrelay/relay/cloudflare';

export default workerRelay({ script });
