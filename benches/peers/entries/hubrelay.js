import { createTracker } from '@hubrelay/browser';

let tracker;
export function start(endpoint) {
  tracker = createTracker({ endpoint: `${endpoint}/v1/events` });
}
export function track(name, properties) {
  tracker.track(name, properties);
}
