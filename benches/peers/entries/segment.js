import { AnalyticsBrowser } from '@segment/analytics-next';

let analytics;
export function start(endpoint) {
  const apiHost = `${endpoint.replace(/^https?:\/\//, '')}/v1`;
  const segment = { apiKey: 'bench', apiHost, protocol: endpoint.split(':')[0] };
  analytics = AnalyticsBrowser.load(
    { writeKey: 'bench', cdnSettings: { integrations: { 'Segment.io': segment } } },
    { integrations: { 'Segment.io': segment } },
  );
}
export function track(name, properties) {
  analytics.track(name, properties);
}
