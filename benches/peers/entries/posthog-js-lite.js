import { PostHog } from 'posthog-js-lite';

let posthog;
export function start(endpoint) {
  posthog = new PostHog('phc_bench', { host: endpoint, disableCompression: true });
}
export function track(name, properties) {
  posthog.capture(name, properties);
}
