import type { Tracker } from './tracker.ts';

/** Takes everything and does nothing: what components get without a provider. */
export const silentTracker: Tracker = {
  track: async () => 'denied',
  flush: async () => true,
  identify() {},
  consent() {},
  disable() {},
  close() {},
};
