import { expect, test } from 'vitest';
import { createRefusedOrigins } from './refused-origins.ts';

test('origins are counted one by one', () => {
  const origins = createRefusedOrigins();
  expect([origins.count('a'), origins.count('b'), origins.count('a')]).toEqual([1, 1, 2]);
  expect(origins.counts()).toEqual({ a: 2, b: 1 });
});

test('a flood of made-up origins takes a bounded place, and pushes out none that comes often', () => {
  const origins = createRefusedOrigins(3);
  origins.count('https://real.example');
  origins.count('https://real.example');
  for (let n = 0; n < 1_000; n += 1) origins.count(`https://${n}.example`);
  expect(origins.counts()).toEqual({
    'https://real.example': 2,
    'https://998.example': 1,
    'https://999.example': 1,
    others: 998,
  });
});

test('exactly as many as there is room for are kept', () => {
  const origins = createRefusedOrigins(2);
  for (const origin of ['a', 'b', 'b', 'a']) origins.count(origin);
  expect(origins.counts()).toEqual({ a: 2, b: 2 });
});
