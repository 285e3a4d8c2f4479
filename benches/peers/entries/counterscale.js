// It has page views only: the event travels as the page's address.
import { init, trackPageview } from '@counterscale/tracker';

export function start(endpoint) {
  init({ siteId: 'bench', reporterUrl: `${endpoint}/collect`, autoTrackPageviews: false });
}
export function track(name, properties) {
  trackPageview({ url: `https://example.com/${name}?${new URLSearchParams(properties)}` });
}
