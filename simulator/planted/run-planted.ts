import { spawn } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Arguments } from '../arguments.ts';
import type { Bug } from './bug.ts';
import { BUGS } from './bugs.ts';

const MAIN = join(import.meta.dirname, '../main.ts');
const DOCS = join(import.meta.dirname, '../../docs/guarantees.md');

interface Failure {
  readonly seed: string;
  readonly law: string;
}

/** Plants each bug in processes of its own, a few at a time, and looks how many seeds it takes to find it. @returns whether all were found */
export async function runPlanted({ bug, isWritten, jobs, seeds }: Arguments): Promise<boolean> {
  const bugs = BUGS.filter(({ name }) => bug === undefined || name === bug);
  const rows = new Map<Bug, string>();
  let found = 0;
  const queue = bugs.values();

  async function work(): Promise<void> {
    for (const one of queue) {
      const failure = await find(one, seeds);
      if (failure !== undefined) found += 1;
      const row = rowOf(one, failure ?? seeds);
      rows.set(one, row);
      console.log(row);
    }
  }

  await Promise.all(Array.from({ length: jobs }, work));
  console.log(`${found} of ${bugs.length} found`);
  if (isWritten) await writeTable(bugs.map((one) => rows.get(one) as string));
  return found === bugs.length;
}

/** The first seed that breaks a law with the bug, and none without it. */
async function find(bug: Bug, seeds: number): Promise<Failure | undefined> {
  for await (const failure of failures('--seeds', `${seeds}`, '--bug', bug.name)) {
    if (await holdsWithout(failure.seed)) return failure;
  }
  return undefined;
}

const clean = new Map<string, boolean>();

async function holdsWithout(seed: string): Promise<boolean> {
  const known = clean.get(seed);
  if (known !== undefined) return known;
  let holds = true;
  for await (const _ of failures('--seeds', '1', '--seed', seed)) holds = false;
  clean.set(seed, holds);
  return holds;
}

/** Of a process of its own, because a module is loaded once. It ends with its listener. */
async function* failures(...args: string[]): AsyncGenerator<Failure> {
  const command = ['--conditions=hubrelay-source', MAIN, '--brief', ...args];
  const child = spawn(process.execPath, command, { stdio: ['ignore', 'pipe', 'pipe'] });
  let errors = '';
  child.stderr.on('data', (chunk) => {
    errors += chunk;
  });
  const exit = new Promise<number | null>((resolve) => child.on('close', resolve));
  try {
    for await (const line of createInterface({ input: child.stdout })) {
      const [, seed, law] = /^seed (\d+) breaks the law "([^"]+)"/.exec(line) ?? [];
      if (seed !== undefined && law !== undefined) yield { seed, law };
    }
    // 0: every law held, 1: one did not. Whatever else happened is no answer.
    const isCrash = /\n {4}at /.test(errors);
    if ((await exit) !== 0 && isCrash) throw new Error(errors);
  } finally {
    child.kill();
  }
}

/** @param found the failure, or how many seeds did not find the bug */
function rowOf(bug: Bug, found: Failure | number): string {
  const file = bug.file.replace('packages/', '').replace('/src', '');
  const [by, law] =
    typeof found === 'number' ? [`not found in ${found} seeds`, ''] : [found.seed, found.law];
  return `| ${bug.name} | \`${file}\` | ${by} | ${law} |`;
}

const TABLE = /(?<=<!-- planted bugs -->\n)[\s\S]*?(?=<!-- end -->)/;

async function writeTable(rows: readonly string[]): Promise<void> {
  const head = ['| planted bug | in | found by seed | law |', '|---|---|---|---|'];
  const page = await readFile(DOCS, 'utf8');
  if (!TABLE.test(page)) throw new Error(`${DOCS} has no place for the table.`);
  await writeFile(
    DOCS,
    page.replace(TABLE, () => `${[...head, ...rows].join('\n')}\n`),
  );
}
