import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { signIdentity } from './sign-identity.ts';

const page = readFileSync(join(import.meta.dirname, '../../../../docs/identity.md'), 'utf8');

// The compiler is the test: this is the sample of docs/identity.md, under the strictest settings.
async function sample(
  user: { email: string },
  request: { cookies: { hubspotutk?: string } },
): Promise<string> {
  const key = process.env.IDENTITY_SECRET;
  if (!key) throw new Error('IDENTITY_SECRET is not set');
  const identity = await signIdentity(
    { email: user.email, utk: request.cookies.hubspotutk },
    { audience: 'https://www.example.com', key },
  );
  return identity;
}

test('the sample in TypeScript is the one that is compiled here', () => {
  const [, code = ''] = /```ts\n([\s\S]*?)\n```/.exec(page) ?? [];
  const [, ...lines] = code.split('\n').filter((line) => line !== '');
  const own = readFileSync(import.meta.filename, 'utf8');
  expect(sample).toBeTypeOf('function');
  expect(lines.length).toBeGreaterThan(4);
  for (const line of lines) expect(own).toContain(`  ${line}\n`);
});
