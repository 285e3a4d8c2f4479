import { type OpenOutbox, testOutbox } from './outbox-contract.ts';
import { testPoisonFlood } from './poison-flood.ts';
import { createMemoryOutbox } from './support/memory-outbox.ts';

const NAME = 'the memory outbox of the tests';
const open: OpenOutbox = async (options) => createMemoryOutbox(options);

testOutbox(NAME, open, { modelRuns: 200 });

testPoisonFlood(NAME, open);
