import { expect, test } from 'vitest';
import { forTerminal } from './for-terminal.ts';

test.each([
  ['\u001b]0;owned\u0007 and \u009b31m red', '\\u001b]0;owned\\u0007 and \\u009b31m red'],
  ['one\rtwo\u202eeerht', 'one\\u000dtwo\\u202eeerht'],
  ['two\nlines, grüße 👨‍👩‍👧', 'two\nlines, grüße 👨‍👩‍👧'],
])('%j is shown as %j', (text, shown) => {
  expect(forTerminal(text)).toBe(shown);
});

test('what was JSON stays the same JSON', () => {
  const value = { message: 'a\u0085b\u2028c' };
  expect(JSON.parse(forTerminal(JSON.stringify(value, null, 2)))).toEqual(value);
});
