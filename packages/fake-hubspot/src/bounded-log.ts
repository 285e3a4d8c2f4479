/** A list that keeps the newest `limit` entries. */
export interface BoundedLog<T> {
  push(entry: T): void;
  entries(): T[];
  /** How many are in memory: less than twice the limit. */
  held(): number;
  clear(): void;
}

export function createBoundedLog<T>(limit: number): BoundedLog<T> {
  let kept: T[] = [];
  return {
    push(entry) {
      if (limit <= 0) return;
      kept.push(entry);
      // Trimmed in bulk, because shifting one by one is slow for a long array.
      if (kept.length >= limit * 2) kept = kept.slice(-limit);
    },
    entries: () => kept.slice(-limit),
    held: () => kept.length,
    clear() {
      kept = [];
    },
  };
}
