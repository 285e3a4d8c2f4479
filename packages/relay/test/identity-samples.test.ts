import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { Redacted } from '../src/core/redacted.ts';
import { jwtVerifier } from '../src/identity/jwt-verifier.ts';

const page = readFileSync(join(import.meta.dirname, '../../../docs/identity.md'), 'utf8');
const directory = mkdtempSync(join(tmpdir(), 'hubrelay-samples-'));
afterAll(() => rmSync(directory, { recursive: true }));

/** As `openssl rand -base64 32` prints it: the text is the key. */
const SECRET = 'q83vEjRWeJCrze8SNFZ4kKvN7xI0VniQq83vEjRWeJA=';
const AUDIENCE = 'https://www.example.com';
const UTK = '0123456789abcdef0123456789abcdef';

function sampleIn(language: string): string {
  const [, code] = new RegExp(`\n\`\`\`${language}\n([^]*?)\n\`\`\``).exec(page) ?? [];
  if (code === undefined) throw new Error(`docs/identity.md has no sample in ${language}`);
  return code;
}

// What a backend writes that has nothing for a field: a null.
const samples = [
  {
    language: 'python',
    command: ['python3'],
    before: '',
    after: `print(sign_identity({"email": "jane@shop.example", "objectId": 151, "utk": None}, "${AUDIENCE}"), end="")`,
  },
  {
    language: 'php',
    command: ['php'],
    before: '<?php',
    after: `echo sign_identity(['email' => 'jane@shop.example', 'objectId' => 151, 'utk' => null], '${AUDIENCE}');`,
  },
  {
    language: 'ruby',
    command: ['ruby'],
    before: '',
    after: `print sign_identity({ 'email' => 'jane@shop.example', 'objectId' => 151, 'utk' => nil }, '${AUDIENCE}')`,
  },
  {
    language: 'go',
    command: ['go', 'run'],
    before: '',
    after: `func main() {
	token, _ := signIdentity(map[string]any{"email": "jane@shop.example", "objectId": 151, "utk": nil}, "${AUDIENCE}")
	os.Stdout.WriteString(token)
}`,
  },
];

test.for(samples)(
  'the sample in $language signs what the relay takes',
  { timeout: 120_000 },
  async ({ language, command: [program = '', ...args], before, after }, { skip }) => {
    const isThere = spawnSync(program, [program === 'go' ? 'version' : '--version']).status === 0;
    if (!isThere) skip(`${program} is not installed: its sample was not run`);
    const file = join(directory, `sample.${language === 'python' ? 'py' : language}`);
    writeFileSync(file, [before, sampleIn(language), after].join('\n'));
    const env = { ...process.env, IDENTITY_SECRET: SECRET, GO111MODULE: 'off' };
    const { stdout, stderr } = spawnSync(program, [...args, file], { env, encoding: 'utf8' });
    const keys = { kind: 'secrets', secrets: [{ secret: new Redacted(SECRET) }] } as const;
    const verified = await jwtVerifier({ audience: AUDIENCE, keys }).verify(stdout, UTK);
    expect(verified, stderr).toEqual({ ok: true, email: 'jane@shop.example', objectId: '151' });
  },
);

test('the page lists every reason', () => {
  const source = readFileSync(join(import.meta.dirname, '../src/identity/identity.ts'), 'utf8');
  const reasons = [...source.matchAll(/^ {2}\| '(\w+)'/gm)].map(([, reason]) => reason);
  expect(reasons.length).toBeGreaterThan(8);
  for (const reason of [...reasons, 'missing']) expect(page).toContain(`| \`${reason}\` |`);
});
