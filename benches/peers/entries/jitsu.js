import { jitsuAnalytics } from '@jitsu/js';

let jitsu;
export function start(endpoint) {
  jitsu = jitsuAnalytics({ host: endpoint, writeKey: 'bench' });
}
export function track(name, properties) {
  jitsu.track(name, properties);
}
