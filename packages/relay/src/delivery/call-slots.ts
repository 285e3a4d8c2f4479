/** How many calls may be under way at once. Calls beyond that wait, in order. */
export interface CallSlots {
  /** Resolves when there is a slot. @returns gives it back */
  take(): Promise<() => void>;
  /** Calls under way and waiting. */
  used(): number;
  hasRoom(): boolean;
}

/** @param limit read whenever a call begins or ends, because it may adapt */
export function createCallSlots(limit: () => number): CallSlots {
  const waiting: (() => void)[] = [];
  let underWay = 0;

  function begin(): void {
    while (underWay < limit()) {
      const next = waiting.shift();
      if (next === undefined) return;
      underWay += 1;
      next();
    }
  }

  return {
    take: () =>
      new Promise((resolve) => {
        waiting.push(() =>
          resolve(() => {
            underWay -= 1;
            begin();
          }),
        );
        begin();
      }),
    used: () => underWay + waiting.length,
    hasRoom: () => underWay + waiting.length < limit(),
  };
}

/** For callers that bound their calls in another way. */
export const unlimitedSlots: CallSlots = createCallSlots(() => Number.POSITIVE_INFINITY);
