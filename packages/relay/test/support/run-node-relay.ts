import { runNodeRelay } from '@hubrelay/relay/node';

await runNodeRelay();
