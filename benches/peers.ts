import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** A library that sends a page's events. Its use is `peers/entries/<name>.js`: `start(endpoint)` and `track(name, properties)`. */
export interface Peer {
  readonly name: string;
  /** Its npm package; absent for the one written by hand. */
  readonly npm?: string;
  readonly note?: string;
  /** What its configuration request is answered with, where it will not start without. */
  readonly configuration?: unknown;
}

export const us: Peer = { name: 'hubrelay', note: 'npm import' };

export const floor: Peer = { name: 'floor', note: 'ten lines by hand, fetch with keepalive' };

export const peers: readonly Peer[] = [
  { name: 'aptabase', npm: '@aptabase/web' },
  { name: 'plausible-tracker', npm: 'plausible-tracker' },
  { name: 'counterscale', npm: '@counterscale/tracker', note: 'page views only' },
  { name: 'seline', npm: '@seline-analytics/web' },
  { name: 'plausible', npm: '@plausible-analytics/tracker' },
  { name: 'openpanel', npm: '@openpanel/web' },
  { name: 'snowplow', npm: '@snowplow/browser-tracker' },
  { name: 'posthog-js-lite', npm: 'posthog-js-lite' },
  { name: 'jitsu', npm: '@jitsu/js' },
  { name: 'sentry', npm: '@sentry/browser' },
  { name: 'segment', npm: '@segment/analytics-next' },
  { name: 'mixpanel', npm: 'mixpanel-browser', note: 'core loader' },
  { name: 'faro', npm: '@grafana/faro-web-sdk' },
  {
    name: 'rudderstack',
    npm: '@rudderstack/analytics-js',
    note: 'bundled',
    configuration: rudderConfiguration(),
  },
  { name: 'amplitude', npm: '@amplitude/analytics-browser' },
  { name: 'posthog-js', npm: 'posthog-js' },
];

/** The folder in which the peers are installed. */
export const peersFolder = fileURLToPath(new URL('peers/', import.meta.url));

/** Installs the peers at their pinned versions, once. They are no dependencies of the repository: 200 MB. */
export function installPeers(): void {
  // npm writes this file last.
  if (existsSync(`${peersFolder}node_modules/.package-lock.json`)) return;
  const { status } = spawnSync('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], {
    cwd: peersFolder,
    stdio: ['ignore', 2, 2],
  });
  if (status !== 0) throw new Error(`"npm ci" failed in ${peersFolder}`);
}

/** The pinned version, from the peers' own package.json. */
export function versionOf(peer: Peer): string {
  const { dependencies } = JSON.parse(readFileSync(`${peersFolder}package.json`, 'utf8'));
  return peer.npm ? dependencies[peer.npm] : '';
}

function rudderConfiguration() {
  const off = { enabled: false };
  return {
    source: {
      id: 'bench',
      name: 'bench',
      writeKey: 'bench',
      enabled: true,
      workspaceId: 'bench',
      connections: [],
      destinations: [],
      config: { statsCollection: { errors: off, metrics: off } },
    },
    updatedAt: '2026-01-01T00:00:00.000Z',
  };
}
