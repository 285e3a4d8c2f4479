/** Who may import whom. `architecture.test.ts` holds the packages to it, by dependency-cruiser. */
import { globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { ICruiseOptions, IForbiddenRuleType } from 'dependency-cruiser';
import { ROOT } from './run-step.ts';

/**
 * The rooms of `packages/relay/src`, from the ground up: a room imports rooms above it in this list, never below.
 * Rooms on one line are neighbours and know nothing of each other.
 */
export const FLOORS: readonly (readonly [rooms: readonly string[], reason: string])[] = [
  [['core'], 'Clock, redacted secrets, option errors: knows nothing of events or HubSpot.'],
  [['observe'], 'Log, traces and the meter are told by everything above, and ask nothing of it.'],
  [['http'], 'Requests, origins and problem documents: HTTP without a word about events.'],
  [['hubspot'], 'Speaks to HubSpot and says what its answers mean; it does not know who calls.'],
  [['outbox'], 'The contract of a durable outbox, and what every implementation shares.'],
  [
    ['outbox/sqlite', 'outbox/postgres'],
    'Two outboxes behind one contract; neither needs the other.',
  ],
  [['delivery'], 'Takes events out of an outbox to HubSpot. Which outbox it is, it cannot tell.'],
  [['accept'], 'Takes responsibility for events: at HubSpot at once, or in an outbox.'],
  [['verify'], 'Reads delivered events back from HubSpot, and says of each whether it shows.'],
  [
    ['policy', 'identity', 'limit', 'challenge', 'script'],
    'Each answers one question about a request, and works without the others.',
  ],
  [['receive'], 'What pages send, from the request to the answer.'],
  [['senders'], 'What servers send, by HubSpot’s own API, in the steps of receive.'],
  [['admin'], 'The admin API, beside the routes for pages and servers.'],
  [['config'], 'Environment variables become options; nothing below reads the environment.'],
  [[''], 'The public entry: the route table and what the package exports.'],
  [['hosts'], 'A runtime’s entry puts everything together, so nothing imports it.'],
];

/** A folder's own files, and those of its subfolders that are no room themselves. */
const pathOf = (room: string) =>
  room === ''
    ? '^packages/relay/src/[^/]+$'
    : `^packages/relay/src/${room}/${room === 'outbox' ? '[^/]+$' : ''}`;

const upward: IForbiddenRuleType[] = FLOORS.flatMap(([rooms, reason], floor) =>
  rooms.map((room) => {
    const neighbours = rooms.filter((other) => other !== room);
    const above = FLOORS.slice(floor + 1).flatMap(([higher]) => higher);
    return {
      name: `relay-${(room || 'entry').replace('/', '-')}`,
      comment: reason,
      severity: 'error' as const,
      from: { path: pathOf(room) },
      to: { path: [...neighbours, ...above].map(pathOf) },
    };
  }),
).filter(({ to }) => to.path.length > 0);

/** A package may import itself and these. npm links all of them at the root, so a wrong import would resolve. */
const packageRule = (
  name: string,
  imports: readonly string[],
  reason: string,
): IForbiddenRuleType => ({
  name: `package-${name}`,
  comment: reason,
  severity: 'error',
  from: { path: `^packages/${name}/src/` },
  to: { path: '^packages/', pathNot: [name, ...imports].map((other) => `^packages/${other}/`) },
});

/** The sources that packages export, and what their builds make. */
function entries(): string[] {
  return globSync('packages/*/package.json', { cwd: ROOT }).flatMap((manifest) => {
    const { exports = {} } = JSON.parse(readFileSync(join(ROOT, manifest), 'utf8'));
    return Object.values<{ readonly 'hubrelay-source'?: string; readonly types?: string }>(exports)
      .map((entry) => entry['hubrelay-source'] ?? entry.types)
      .filter((path) => path !== undefined)
      .map((path) => `^${join(dirname(manifest), path)}$`);
  });
}

export const FORBIDDEN: IForbiddenRuleType[] = [
  {
    name: 'no-cycle',
    comment: 'Files that need each other can only be read, tested and moved together.',
    severity: 'error',
    from: {},
    to: { circular: true },
  },
  ...upward,
  packageRule('protocol', [], 'The wire is what both sides agree on, so it depends on neither.'),
  packageRule('browser', ['protocol'], 'A page carries no code of the relay.'),
  packageRule(
    'relay',
    ['protocol', 'browser'],
    'The relay serves the built script; of the page’s code it knows nothing.',
  ),
  packageRule('fake-hubspot', [], 'The judge shares no code with what it judges.'),
  packageRule(
    'cli',
    ['protocol', 'browser', 'relay', 'fake-hubspot'],
    'The commands put the packages together, by their public entries.',
  ),
  {
    name: 'packages-by-their-entries',
    comment: 'What a package does not export it may change.',
    severity: 'error',
    from: { path: '^packages/([^/]+)/src/' },
    to: { path: '^packages/', pathNot: ['^packages/$1/', ...entries()] },
  },
];

export const OPTIONS: ICruiseOptions = {
  // The compiler of TypeScript 7 has no API yet that dependency-cruiser could read it by.
  parser: 'swc',
  // An import of a type is a dependency, too: it says what one has to know to read a file.
  tsPreCompilationDeps: true,
  doNotFollow: { path: 'node_modules' },
  exclude: { path: '\\.test(-d)?\\.tsx?$|/dist/' },
  enhancedResolveOptions: {
    conditionNames: ['hubrelay-source', 'import', 'node', 'types'],
    exportsFields: ['exports'],
    extensions: ['.ts', '.tsx', '.js'],
  },
};
