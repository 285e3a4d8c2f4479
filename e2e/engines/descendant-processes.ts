import { readdirSync, readFileSync } from 'node:fs';

// The command line of Firefox's processes ends in their kind.
const rendererPattern = /-contentproc.* tab$/;

/** The processes that run pages, among those started (directly or not) by `ancestorPid`. Linux only. */
export function rendererPids(ancestorPid: number): readonly number[] {
  return descendants(ancestorPid)
    .filter(({ commandLine }) => rendererPattern.test(commandLine))
    .map(({ pid }) => pid);
}

/** Kills the renderers below `ancestorPid`, but those the browser needs for itself (`spared`). */
export function killRenderers(ancestorPid: number, spared: readonly number[]): void {
  const renderers = rendererPids(ancestorPid).filter((pid) => !spared.includes(pid));
  if (renderers.length === 0) throw new Error(`No renderer to kill below process ${ancestorPid}`);
  for (const pid of renderers) process.kill(pid, 'SIGKILL');
}

interface RunningProcess {
  readonly pid: number;
  readonly parentPid: number;
  readonly commandLine: string;
}

function descendants(ancestorPid: number): RunningProcess[] {
  const all = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  const running = all.flatMap((name) => readProcess(Number(name)));
  const below = new Set([ancestorPid]);
  // Parents may have higher ids than their children, so go on until a round adds nothing.
  for (let before = 0; before < below.size; ) {
    before = below.size;
    for (const { pid, parentPid } of running) if (below.has(parentPid)) below.add(pid);
  }
  return running.filter(({ pid }) => pid !== ancestorPid && below.has(pid));
}

function readProcess(pid: number): RunningProcess[] {
  try {
    const commandLine = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();
    // The name, in brackets, may hold spaces; the parent is the second field after it.
    const [, parentPid] =
      readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ') ?? [];
    return [{ pid, parentPid: Number(parentPid), commandLine }];
  } catch {
    return []; // It ended while we looked.
  }
}
