import { init, track as send } from '@amplitude/analytics-browser';

export function start(endpoint) {
  const serverUrl = `${endpoint}/2/httpapi`;
  init('bench', { serverUrl, autocapture: false, fetchRemoteConfig: false });
}
export function track(name, properties) {
  send(name, properties);
}
