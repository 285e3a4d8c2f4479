import { init, trackEvent } from '@aptabase/web';

export function start(endpoint) {
  init('A-SH-0000000000', { host: endpoint });
}
export function track(name, properties) {
  trackEvent(name, properties);
}
