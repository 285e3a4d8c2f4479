import { expect, test } from 'vitest';
import { createVirtualClock } from '../../test/support/virtual-clock.ts';
import { silentLogger } from '../observe/log.ts';
import { createRefusalLog } from './note-refusal.ts';

test('a flood of refusals is a line a minute for each reason, which says how many there were', async () => {
  const clock = createVirtualClock();
  const lines: object[] = [];
  const warn = (fields: object, message: string) => void lines.push({ ...fields, message });
  const note = createRefusalLog({ ...silentLogger, warn }, clock);
  for (let second = 0; second < 120; second += 1) {
    note('refused a request', 'bot');
    if (second < 2) note('refused a request', 'no_key', { path: '/a' });
    await clock.advance(1000);
  }
  const message = 'refused a request';
  expect(lines).toEqual([
    { message, reason: 'bot', times: 1 },
    { message, reason: 'no_key', times: 1, path: '/a' },
    { message, reason: 'bot', times: 60 },
  ]);
  note(message, 'bot');
  expect(lines.at(-1)).toEqual({ message, reason: 'bot', times: 60 });
});
