import { expect, test } from 'vitest';
import { createBoundedLog } from './bounded-log.ts';

test.each([
  [0, []],
  [1, [9]],
  [3, [7, 8, 9]],
  [10, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]],
  [11, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]],
])('with a limit of %i the newest are kept', (limit, expected) => {
  const log = createBoundedLog<number>(limit);
  for (let entry = 0; entry < 10; entry += 1) log.push(entry);
  expect(log.entries()).toEqual(expected);
});

test('memory stays bounded, however many come', () => {
  const log = createBoundedLog<number>(5);
  let most = 0;
  for (let entry = 0; entry < 1_000; entry += 1) {
    log.push(entry);
    most = Math.max(most, log.held());
  }
  expect(most).toBeLessThan(10);
  log.clear();
  expect([log.held(), log.entries()]).toEqual([0, []]);
});
