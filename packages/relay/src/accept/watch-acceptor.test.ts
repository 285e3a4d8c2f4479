import { expect, test } from 'vitest';
import type { Acceptance } from './acceptor.ts';
import { watchAcceptor } from './watch-acceptor.ts';

const full: Acceptance = { kind: 'not_now', reason: 'outbox_full', retryAfterMs: 1 };

function watching(...answers: Acceptance[]) {
  let now = 1_000_000;
  const acceptor = watchAcceptor({ accept: async () => answers.shift() as Acceptance }, () => now);
  return {
    acceptor,
    pass(ms: number) {
      now += ms;
    },
  };
}

test('a refusal is trouble until events are accepted again', async () => {
  const { acceptor } = watching({ kind: 'stored' }, full, { kind: 'stored' });
  expect(acceptor.trouble()).toBeUndefined();
  await acceptor.accept([]);
  expect(acceptor.trouble()).toBeUndefined();
  expect(await acceptor.accept([])).toBe(full);
  expect(acceptor.trouble()).toBe('outbox_full');
  await acceptor.accept([]);
  expect(acceptor.trouble()).toBeUndefined();
});

test('a refusal is forgotten after a minute without events, or no page would send any again', async () => {
  const { acceptor, pass } = watching(full);
  await acceptor.accept([]);
  pass(59_999);
  expect(acceptor.trouble()).toBe('outbox_full');
  pass(1);
  expect(acceptor.trouble()).toBeUndefined();
});
