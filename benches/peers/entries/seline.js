import { init, track as send } from '@seline-analytics/web';

export function start(endpoint) {
  init({ token: 'bench', apiHost: endpoint, autoPageView: false });
}
export function track(name, properties) {
  send(name, properties);
}
