/** Says whether a key (an address, a visitor) may go on. The host has the implementation. */
export interface Limiter {
  /**
   * Takes points from what the key has left.
   * @throws anything when the limiter itself fails; the caller lets the sender through then
   */
  take(key: string, points: number): Promise<Verdict>;
}

export type Verdict =
  | { readonly ok: true }
  /** Milliseconds until the key has points again. */
  | { readonly ok: false; readonly retryAfterMs: number };

/** What a limit is about, for the log and the metric. */
export type LimitScope = 'address' | 'visitor' | 'sender';
