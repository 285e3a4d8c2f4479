/**
 * Sends a page's events to a hubrelay relay, and loses none.
 * @module
 */
export { createTracker, type TrackerOptions } from './create-tracker.ts';
export type { DropReason, OnDrop, Outcome } from './outcome.ts';
export type { Consent, EventMap, Tracker } from './tracker.ts';
