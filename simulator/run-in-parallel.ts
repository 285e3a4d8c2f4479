import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Arguments } from './arguments.ts';

const MAIN = join(import.meta.dirname, 'main.ts');
/** So small that no process is left alone with the rest. */
const SEEDS_PER_PROCESS = 50;

/** Shares the seeds out to processes, a few at a time. @returns whether every law held */
export async function runInParallel(wanted: Arguments, args: readonly string[]): Promise<boolean> {
  const starts: number[] = [];
  const end = wanted.seed + wanted.seeds;
  for (let seed = wanted.seed; seed < end; seed += SEEDS_PER_PROCESS) starts.push(seed);
  const queue = starts.values();
  let digest = 0;
  let broken = 0;

  async function work(): Promise<void> {
    for (const seed of queue) {
      const seeds = Math.min(SEEDS_PER_PROCESS, end - seed);
      for await (const line of linesOf(seed, seeds, args)) {
        const [, failed, sum] = LAST.exec(line) ?? [];
        if (sum === undefined) console.log(line);
        else {
          broken += Number(failed);
          digest = (digest + Number.parseInt(sum, 16)) >>> 0;
        }
      }
    }
  }

  await Promise.all(Array.from({ length: wanted.jobs }, work));
  console.log(`${wanted.seeds} seeds, ${broken} broken, digest ${digest.toString(16)}`);
  return broken === 0;
}

const LAST = /^\d+ seeds, (\d+) broken, digest (\w+)$/;

/** What a process says of its seeds. @throws when it ends without a last line */
async function* linesOf(seed: number, seeds: number, args: readonly string[]) {
  const own = ['--seed', `${seed}`, '--seeds', `${seeds}`, '--jobs', '1'];
  const command = ['--conditions=hubrelay-source', MAIN, ...args, ...own];
  const child = spawn(process.execPath, command, { stdio: ['ignore', 'pipe', 'inherit'] });
  let isDone = false;
  for await (const line of createInterface({ input: child.stdout })) {
    isDone ||= LAST.test(line);
    yield line;
  }
  if (!isDone)
    throw new Error(`The process for seed ${seed} and the next ${seeds - 1} broke down.`);
}
