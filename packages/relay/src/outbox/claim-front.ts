/** A place in the order in which events are claimed. */
export interface DuePosition {
  readonly dueAt: number;
  readonly seq: number;
}

export const FROM_THE_START: DuePosition = { dueAt: Number.MIN_SAFE_INTEGER, seq: 0 };

/**
 * Where the next claim begins to look: whatever is due before is claimed already. With thousands of events under way a
 * claim that began at the start would read its way past all of them. Going back to the start is always right, only slow.
 */
export class ClaimFront {
  #position = FROM_THE_START;
  /** When the first lease of an event before the front ends. */
  #leaseEndsAt = Number.POSITIVE_INFINITY;

  at(now: number): DuePosition {
    if (now >= this.#leaseEndsAt) this.reset();
    return this.#position;
  }

  get isAtStart(): boolean {
    return this.#position === FROM_THE_START;
  }

  /** Everything up to `last` is claimed, some of it only until `leaseEndsAt`. */
  advance(last: DuePosition, leaseEndsAt: number): void {
    this.#position = last;
    this.#leaseEndsAt = Math.min(this.#leaseEndsAt, leaseEndsAt);
  }

  /** There is an event to claim at this position. */
  reveal({ dueAt, seq }: DuePosition): void {
    const front = this.#position;
    if (dueAt < front.dueAt || (dueAt === front.dueAt && seq <= front.seq)) this.reset();
  }

  reset(): void {
    this.#position = FROM_THE_START;
    this.#leaseEndsAt = Number.POSITIVE_INFINITY;
  }
}
