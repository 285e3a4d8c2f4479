import { init, track as send } from '@plausible-analytics/tracker';

export function start(endpoint) {
  init({
    domain: 'example.com',
    endpoint: `${endpoint}/api/event`,
    autoCapturePageviews: false,
    captureOnLocalhost: true,
  });
}
export function track(name, properties) {
  send(name, { props: properties });
}
