import { initializeFaro } from '@grafana/faro-web-sdk';

let faro;
export function start(endpoint) {
  faro = initializeFaro({
    url: `${endpoint}/collect`,
    app: { name: 'bench' },
    instrumentations: [],
  });
}
export function track(name, properties) {
  faro.api.pushEvent(name, properties);
}
