import Plausible from 'plausible-tracker';

let plausible;
export function start(endpoint) {
  plausible = Plausible({ domain: 'example.com', apiHost: endpoint, trackLocalhost: true });
}
export function track(name, properties) {
  plausible.trackEvent(name, { props: properties });
}
