/**
 * The parts, for pages that count every byte: a tracker with nothing optional in it, and each feature as a function.
 * @module
 */
export { captureHsq } from './capture-hsq.ts';
export type { CoreOptions } from './core-options.ts';
export { createCoreTracker } from './create-core-tracker.ts';
export { followHubSpotConsent } from './follow-hubspot-consent.ts';
export { mintVisitor } from './mint-visitor.ts';
export type { DropReason, OnDrop, Outcome } from './outcome.ts';
export { pageProperties } from './page-properties.ts';
export { trackClicks } from './track-clicks.ts';
export { trackPageviews } from './track-pageviews.ts';
export type { Consent, EventMap, Tracker } from './tracker.ts';
