import mixpanel from 'mixpanel-browser/src/loaders/loader-module-core';

export function start(endpoint) {
  mixpanel.init('bench', { api_host: endpoint, api_payload_format: 'json' });
}
export function track(name, properties) {
  mixpanel.track(name, properties);
}
