import { OpenPanel } from '@openpanel/web';

let openpanel;
export function start(endpoint) {
  openpanel = new OpenPanel({ apiUrl: endpoint, clientId: 'bench' });
}
export function track(name, properties) {
  openpanel.track(name, properties);
}
