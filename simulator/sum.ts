/** What many seeds came to. */
export interface Sum {
  readonly seeds: number;
  readonly broken: number;
  /** The same whenever the same seeds took the same steps, in whatever order and processes. */
  readonly digest: number;
  readonly simulatedMs: number;
  /** Of each seed. */
  readonly cpuMs: readonly number[];
}

export const NOTHING_YET: Sum = { seeds: 0, broken: 0, digest: 0, simulatedMs: 0, cpuMs: [] };

export function plus(a: Sum, b: Sum): Sum {
  return {
    seeds: a.seeds + b.seeds,
    broken: a.broken + b.broken,
    digest: (a.digest + b.digest) >>> 0,
    simulatedMs: a.simulatedMs + b.simulatedMs,
    cpuMs: [...a.cpuMs, ...b.cpuMs],
  };
}

export function tell({ seeds, broken, digest, simulatedMs, cpuMs }: Sum): void {
  console.log(`${seeds} seeds, ${broken} broken, digest ${digest.toString(16)}`);
  const total = cpuMs.reduce((sum, ms) => sum + ms, 0);
  const sorted = cpuMs.toSorted((a, b) => a - b);
  const at = (share: number) => Math.round(sorted[Math.floor(seeds * share)] ?? 0);
  const hours = (simulatedMs / 3_600_000).toFixed(1);
  // Not on stdout, which is the same in every run of the same seeds.
  console.error(
    `${hours} hours in ${Math.round(total / 1000)} s of CPU: ${Math.round(simulatedMs / total)} times real time; ` +
      `a seed takes ${at(0.5)} ms (median), ${at(0.95)} ms (95 of 100), ${at(1 - 1 / seeds)} ms (the slowest)`,
  );
}
