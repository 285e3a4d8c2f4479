import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ROOT } from './run-step.ts';

/** Odd to an international reader, and what to write instead. */
const ODD: readonly (readonly [word: RegExp, instead: string])[] = [
  [/\bwhoever\b/i, 'name the actor: a client, a page, a program'],
  [/\bnobody\b(?!['@])/i, 'no client, no page, or a sentence without "no"'],
  [/\bmend(s|ed|ing)?\b/i, 'fix, correct'],
  [/\bstrangers?\b/i, 'a client, another website'],
  [/\b(at|before|behind) the door\b/i, 'on arrival, before the relay'],
  [/\bbeliev(e|es|ed|ing)\b/i, 'verify, trust, accept'],
  [
    /(?<!there )\bis no (address|event|file|name|number|object|relay|token|uuid)\b/i,
    'is not a valid …',
  ],
];

test('comments, messages and test names are in plain words', () => {
  const files = execFileSync('git', ['ls-files', '*.ts', '*.js', '*.mjs'], {
    cwd: ROOT,
    encoding: 'utf8',
  })
    .split('\n')
    .filter((file) => file !== '' && file !== 'scripts/words.test.ts');
  expect(files.length).toBeGreaterThan(500);
  const found = files.flatMap((file) =>
    readFileSync(join(ROOT, file), 'utf8')
      .split('\n')
      .flatMap((line, at) => {
        const odd = ODD.find(([word]) => word.test(line));
        return odd ? [`${file}:${at + 1}: ${line.trim()} (${odd[1]})`] : [];
      }),
  );
  expect(found).toEqual([]);
});
