import { expect, test } from 'vitest';
import type { LogFields } from './log.ts';
import { scrubbingLogger, scrubText } from './scrub.ts';

test.each([
  ['no contact with jane.doe+x@shop.example, sorry', 'no contact with [email], sorry'],
  ['{"email":"a@b.c"}', '{"email":"[email]"}'],
  ['jane%40shop', 'jane%40shop'],
  ['GET /contacts?email=jane%2Bx%40shop.example&a=b', 'GET /contacts?email=[email]&a=b'],
  ['twice: jane%2540shop%2Eexample', 'twice: [email]'],
  ['<b>jane&#64;shop.example</b>', '<b>[email]</b>'],
  ['jane&#x40;shop.example, jane&commat;shop.example', '[email], [email]'],
  ['full width: jane\uff20shop.example', 'full width: [email]'],
  ['{"a":"jane\\u0040shop.example"}', '{"a":"[email]"}'],
  ['token pat-na1-1234abcd-00aa expired', 'token [key] expired'],
  ['Authorization: Bearer abc.def', 'Authorization: Bearer [key]'],
  [
    'send "Authorization: Bearer …" or "Bearer hrk_…"',
    'send "Authorization: Bearer …" or "Bearer hrk_…"',
  ],
  ['hrk_0123456789abcdef', '[key]'],
  ['/events?hapikey=0123', '/events?hapikey= [key]'],
  ['eyJhbGciOiJIUzI1NiJ9.eyJhIjoxfQ.c2ln is bad', '[jwt] is bad'],
  ['\u001b[2Jgone \u009b31m \u202eeert', '\u{FFFD}[2Jgone \u{FFFD}31m \u{FFFD}eert'],
  ['a stack\n\tof lines', 'a stack\n\tof lines'],
  ['@hubrelay/relay at 10:20', '@hubrelay/relay at 10:20'],
])('%s', (text, clean) => {
  expect(scrubText(text)).toBe(clean);
});

test('a line of the log is clean in every corner, and errors stay errors', () => {
  const lines: [LogFields, string][] = [];
  const write = (fields: LogFields, message: string) => lines.push([fields, message]);
  const log = scrubbingLogger({ debug: write, info: write, warn: write, error: write });

  const cause = new Error('from jane@shop.example');
  const err = Object.assign(new Error('to jane@shop.example', { cause }), {
    body: 'jane@x.example',
  });
  const self: Record<string, unknown> = { 'a@b.example': [{ deep: 'jane@shop.example' }], err };
  self.self = self;
  log.error(self, 'about jane@shop.example');

  const [fields, message] = lines[0] as [LogFields, string];
  expect(message).toBe('about [email]');
  expect(fields.err).toBeInstanceOf(Error);
  const { stack, message: text, cause: inner } = fields.err as Error;
  expect(`${JSON.stringify(fields)} ${stack} ${text} ${inner}`).not.toContain('@shop');
  expect(JSON.stringify(fields)).not.toContain('@');
});
