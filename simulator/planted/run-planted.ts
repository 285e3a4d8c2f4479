import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Arguments } from '../arguments.ts';
import type { Bug } from './bug.ts';
import { BUGS } from './bugs.ts';

/** Each bug has to be found by then. */
const MOST_SEEDS = 500;
const MAIN = join(import.meta.dirname, '../main.ts');
const DOCS = join(import.meta.dirname, '../../docs/guarantees.md');

interface Found {
  readonly bug: Bug;
  readonly seed?: string;
  readonly law?: string;
}

/** Plants one bug after the other and looks how many seeds it takes to find it. @returns whether all were found */
export async function runPlanted({ bug, isWritten }: Arguments): Promise<boolean> {
  const found: Found[] = [];
  for (const one of BUGS.filter(({ name }) => bug === undefined || name === bug)) {
    const result = await look(one);
    found.push(result);
    console.log(rowOf(result));
  }
  if (isWritten) await writeTable(found);
  return found.every(({ seed }) => seed !== undefined);
}

/** In a process of its own, because a module is loaded once. */
async function look(bug: Bug): Promise<Found> {
  const args = ['--conditions=hubrelay-source', MAIN, '--first', '--seeds', `${MOST_SEEDS}`];
  const output = await new Promise<string>((resolve, reject) => {
    execFile(process.execPath, [...args, '--bug', bug.name], (error, stdout, stderr) => {
      if (error && !stdout) reject(new Error(stderr));
      else resolve(stdout);
    });
  });
  const [, seed, law] = /^seed (\d+) breaks the law "([^"]+)"/m.exec(output) ?? [];
  return { bug, ...(seed && law && { seed, law }) };
}

function rowOf({ bug, seed = 'not found', law = '' }: Found): string {
  return `| ${bug.name} | \`${bug.file.replace('packages/', '')}\` | ${seed} | ${law} |`;
}

const TABLE = /(?<=<!-- planted bugs -->\n)[\s\S]*?(?=<!-- end -->)/;

async function writeTable(found: readonly Found[]): Promise<void> {
  const head = ['| planted bug | in | found by seed | law |', '|---|---|---|---|'];
  const table = `${[...head, ...found.map(rowOf)].join('\n')}\n`;
  const page = await readFile(DOCS, 'utf8');
  if (!TABLE.test(page)) throw new Error(`${DOCS} has no place for the table.`);
  await writeFile(
    DOCS,
    page.replace(TABLE, () => table),
  );
}
