/** Raised by `enqueue_events` when the events do not fit. */
export const FULL = 'HR001';
