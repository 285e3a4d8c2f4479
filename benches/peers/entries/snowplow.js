import { newTracker, trackSelfDescribingEvent } from '@snowplow/browser-tracker';

export function start(endpoint) {
  newTracker('bench', endpoint, { appId: 'bench', encodeBase64: false });
}
export function track(name, properties) {
  const schema = `iglu:com.example/${name}/jsonschema/1-0-0`;
  trackSelfDescribingEvent({ event: { schema, data: properties } });
}
