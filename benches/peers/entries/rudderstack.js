import { RudderAnalytics } from '@rudderstack/analytics-js/bundled';

let rudder;
export function start(endpoint) {
  rudder = new RudderAnalytics();
  rudder.load('bench0000000000000000000000', endpoint, { configUrl: endpoint });
}
export function track(name, properties) {
  rudder.track(name, properties);
}
