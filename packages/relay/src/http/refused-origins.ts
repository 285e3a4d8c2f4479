/** Counts refused origins: a website of the owner's that is missing from the list, or one that has no business here. */
export interface RefusedOrigins {
  /** @returns how often this origin was refused, this time included */
  count(origin: string): number;
  /** By origin, in this process. */
  counts(): Readonly<Record<string, number>>;
}

/** What origins that were forgotten for others are counted under. */
const OTHERS = 'others';

/** Senders choose the names, so only the most frequent are kept: a flood of made-up ones does not push out a real website. */
export function createRefusedOrigins(maxOrigins = 100): RefusedOrigins {
  const counts = new Map<string, number>();
  let others = 0;

  function forgetOne(): void {
    let rarest: [string, number] | undefined;
    for (const entry of counts) if (!rarest || entry[1] < rarest[1]) rarest = entry;
    if (!rarest) return;
    counts.delete(rarest[0]);
    others += rarest[1];
  }

  return {
    count(origin) {
      const count = (counts.get(origin) ?? 0) + 1;
      if (count === 1 && counts.size >= maxOrigins) forgetOne();
      counts.set(origin, count);
      return count;
    },
    counts: () => Object.fromEntries([...counts, ...(others > 0 ? [[OTHERS, others]] : [])]),
  };
}
