import { expect, test } from 'vitest';
import { CommandError } from '../cli-command.ts';
import type { RelayStats } from './admin-client.ts';
import { watchReplay } from './watch-replay.ts';

test('tells how many dead letters have gone; a look that fails changes nothing', async () => {
  const answers = [5_000, 4_000, new CommandError('busy'), 1_000];
  const stats = async () => {
    const dead = answers.length > 1 ? answers.shift() : answers[0];
    if (dead instanceof Error) throw dead;
    return { outbox: { dead } } as unknown as RelayStats;
  };
  let end = (_count: number) => {};
  const replay = () =>
    new Promise<number>((resolve) => {
      end = resolve;
    });
  const told: string[] = [];
  const done = watchReplay({ stats }, replay, (text) => void told.push(text), 1);
  await expect.poll(() => told.length).toBeGreaterThan(1);
  end(4_321);
  expect(await done).toBe(4_321);
  expect(told.slice(0, 2)).toEqual([
    'Requeueing [#####-------------------] 1,000 of 5,000',
    'Requeueing [###################-----] 4,000 of 5,000',
  ]);
});
