import { testOutbox } from './outbox-contract.ts';
import { createMemoryOutbox } from './support/memory-outbox.ts';

testOutbox('the memory outbox of the tests', async (options) => createMemoryOutbox(options), {
  modelRuns: 200,
});
