import { expect, test } from 'vitest';
import { Redacted } from '../core/redacted.ts';
import { redactText } from './redact-text.ts';

const SECRET = 'CJTvJ-oAuth/access+token~0123456789';
const redacted = (text: string) => redactText(text, [new Redacted(SECRET)]);
const base64 = (text: string) => Buffer.from(text).toString('base64');
const base64url = (text: string) => Buffer.from(text).toString('base64url');

test.each([
  ['as it is', SECRET],
  ['twice', `${SECRET} and ${SECRET}`],
  ['in a URL', encodeURIComponent(SECRET)],
  ['cut off', SECRET.slice(0, 20)],
  ['in Base64', base64(SECRET)],
  ['in Base64 of a URL', base64url(SECRET)],
  ['as a password in Base64', base64(`:${SECRET}`)],
  ['as a password of a user in Base64', base64(`me:${SECRET}@host`)],
])('a secret that stands in a text %s does not come out', (_, spelled) => {
  const clean = redacted(`refused "${spelled}" today`);
  expect(clean).toMatch(/^refused ".*\[redacted\].*" today$/);
  for (let at = 0; at + 12 <= spelled.length; at += 1) {
    expect(clean).not.toContain(spelled.slice(at, at + 12));
  }
});

test('leaves words alone that begin as a secret does', () => {
  expect(redacted('CJTvJ is the beginning of the token')).toBe(
    'CJTvJ is the beginning of the token',
  );
});

test.each([
  ['pat-na1-1234abcd-00aa expired', '[redacted] expired'],
  ['?hapikey=0123&a=b', '?hapikey=[redacted]&a=b'],
  ['Bearer abc.def is bad', 'Bearer [redacted] is bad'],
])('%s', (text, clean) => {
  expect(redactText(text, [])).toBe(clean);
});
