import posthog from 'posthog-js';

export function start(endpoint) {
  posthog.init('phc_bench', {
    api_host: endpoint,
    // Plain bodies, so that the bench can read them, and no filter of headless browsers.
    disable_compression: true,
    opt_out_useragent_filter: true,
    advanced_disable_flags: true,
    disable_external_dependency_loading: true,
    capture_pageview: false,
  });
}
export function track(name, properties) {
  posthog.capture(name, properties);
}
