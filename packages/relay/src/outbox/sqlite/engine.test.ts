import { expect, test } from 'vitest';
import { OutboxFullError, OutboxUnavailableError } from '../outbox.ts';
import { type Engine, GroupCommit } from './engine.ts';
import type { Command, Result } from './store.ts';

/** An engine whose every group takes a turn, and the groups it was given. */
function engineThat(answer: (command: Command) => Result) {
  const groups: (readonly Command[])[] = [];
  const engine: Engine = {
    async transact(group) {
      groups.push(group);
      await new Promise((resolve) => setImmediate(resolve));
      return group.map(answer);
    },
    close: async () => {},
  };
  return { commits: new GroupCommit(engine), groups };
}

test('calls that come while a commit is under way share the next one', async () => {
  const { commits, groups } = engineThat(() => ({ value: 0 }));
  const waves = Array.from({ length: 3 }, async (_, wave) => {
    for (let turn = 0; turn < wave; turn += 1) await new Promise((next) => setImmediate(next));
    await Promise.all(Array.from({ length: 100 }, () => commits.call('lastSeq')));
  });
  await Promise.all(waves);
  expect(groups.flat()).toHaveLength(300);
  expect(groups.length).toBeLessThanOrEqual(4);
});

test('each call of a group gets its own answer', async () => {
  const answers: Result[] = [
    { value: 1 },
    { refused: 'full', message: 'no room' },
    { refused: 'unavailable', message: 'no disk' },
  ];
  const { commits, groups } = engineThat(() => answers.shift() as Result);
  const results = await Promise.allSettled([1, 2, 3].map(() => commits.call('lastSeq')));
  expect(groups).toHaveLength(1);
  expect(results).toEqual([
    { status: 'fulfilled', value: 1 },
    { status: 'rejected', reason: new OutboxFullError('no room') },
    { status: 'rejected', reason: new OutboxUnavailableError('no disk') },
  ]);
});
