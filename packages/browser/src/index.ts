/**
 * Sends a page's events to a hubrelay relay.
 * @module
 */
export { createTracker, type TrackerOptions } from './create-tracker.ts';
export type { EventMap, Tracker } from './tracker.ts';
