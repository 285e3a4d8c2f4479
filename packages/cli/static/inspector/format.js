// @ts-check

/**
 * `14:03:22.118 UTC`: the same on each page of the demo, and as HubSpot and logs have it.
 * @param {number} epochMs
 */
export function time(epochMs) {
  return `${new Date(epochMs).toISOString().slice(11, -1)} UTC`;
}

/**
 * `12 ms`, `1.24 s`, `12.4 s`
 * @param {number} ms
 */
export function duration(ms) {
  if (ms < 1000) return `${Math.round(ms)} ms`;
  return `${(ms / 1000).toFixed(ms < 10_000 ? 2 : 1)} s`;
}

/** @param {unknown} value */
export function propertyValue(value) {
  if (typeof value === 'string') return value;
  return Array.isArray(value) ? value.join('; ') : JSON.stringify(value);
}
