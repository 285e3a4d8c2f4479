/**
 * The README's comparison with other libraries, and docs/comparison.md with all of it, made from the runs that `benches/results`
 * keeps: `node scripts/comparison.ts` writes both anew. Our own size is weighed at the moment.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { peers } from '../benches/peers.ts';
import { bundleScript, sizesOf } from '../packages/browser/build.ts';
import { ROOT } from './run-step.ts';

type Row = Readonly<Record<string, string | number>>;

/** Who stands in the README, by the name that the benches use. */
const SHOWN = {
  plausible: 'Plausible',
  openpanel: 'OpenPanel',
  snowplow: 'Snowplow',
  segment: 'Segment',
  sentry: 'Sentry',
  rudderstack: 'RudderStack',
  amplitude: 'Amplitude',
  'posthog-js': 'PostHog',
} as const;

const COLUMNS = [
  '',
  'bytes',
  'page closed, visitor never back',
  '90 KB, then the next page',
  'server answers 503, then the next page',
  'offline, page closed, reopened',
  '429 with Retry-After',
];

/** The table and what follows it, as it stands between the README's `comparison` marks. */
export async function comparison(): Promise<string> {
  const sizes = rowsOf('bundle-size');
  const outcomes = rowsOf('delivery');
  const find = (rows: readonly Row[], name: string) => {
    const row = rows.find((it) => it.name === name);
    if (!row) throw new Error(`benches/results knows nothing of ${name}`);
    return row;
  };
  const line = (label: string, bytes: number, outcome: Row) => [
    label,
    bytes.toLocaleString('en-US'),
    arrival(outcome.B, 3),
    arrival(outcome.D, 60),
    arrival(outcome.E, 3),
    arrival(outcome.F, 3),
    patience(outcome.G),
  ];

  const { brotli } = sizesOf((await bundleScript()).code);
  const lines = Object.entries(SHOWN).map(([name, label]) => {
    const size = find(sizes, peers.find((peer) => peer.name === name)?.npm ?? name);
    const [all, first] = [Number(size.brotli), Number(size['first load'])];
    return first < all * 0.95
      ? line(`${label} (first load)`, first, find(outcomes, name))
      : line(label, all, find(outcomes, name));
  });
  const all = [
    COLUMNS,
    ['---', '---:', '---', '---', '---', '---', '---'],
    line('**hubrelay**, everything in it', brotli, find(outcomes, 'hubrelay')),
    ...lines,
  ];
  return `${all.map((cells) => `| ${cells.join(' | ')} |`).join('\n')}\n\n${pageCost()}`;
}

/** `266.3 (x0.32)`: milliseconds, and how many times as many as the floor's. */
function pageCost(): string {
  const rows = rowsOf('page-cost').filter(({ name }) => name !== 'floor');
  const times = rows.map((row) => {
    const label = SHOWN[row.name as keyof typeof SHOWN] ?? `**${row.name}**`;
    return `${label} ${/x([\d.]+)/.exec(`${row['with what follows']}`)?.[1]}`;
  });
  return `Main thread for 1,000 \`track()\` calls and all that follows, in times of ten lines of \`fetch\` by hand: ${times.join(', ')}
(\`node benches/page-cost.ts\`).`;
}

/** Every library in every scenario, as the bench printed it. */
export function allScenarios(): string {
  const letters = ['A', 'B', 'C', 'D', 'E', 'F', 'G', 'H'];
  const names: Readonly<Record<string, string>> = {
    hubrelay: '**hubrelay**',
    floor: 'ten lines of `fetch` with `keepalive`',
  };
  const rows = rowsOf('delivery').map((row) => [
    names[`${row.name}`] ?? `${row.name} ${row.version}`,
    ...letters.map((letter) => `${row[letter]}`.replace('->', '→')),
  ]);
  const all = [['', ...letters], ['', ...letters].map(() => '---'), ...rows];
  return all.map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

function rowsOf(bench: string): readonly Row[] {
  return JSON.parse(readFileSync(join(ROOT, `benches/results/${bench}.json`), 'utf8')).rows;
}

/** `2/3 dup 1` or `17 -> 60 dup 17` (at once, and after another visit): events that arrived, of how many. */
function arrival(outcome: Row[string] | undefined, all: number): string {
  const [, arrived] = /^(?:\d+ -> )?(\d+)/.exec(`${outcome}`) ?? [];
  if (Number(arrived) === all) return 'arrive';
  return arrived === '0' ? 'lost' : `${arrived} of ${all} arrive`;
}

/** `1 early, ok`: tries before the time that the server asked for, and what became of the event. */
function patience(outcome: Row[string] | undefined): string {
  const isEarly = !`${outcome}`.startsWith('0 early');
  const isLost = `${outcome}`.endsWith('lost');
  if (isEarly) return isLost ? 'asks too early, lost' : 'asks too early, then arrives';
  return isLost ? 'lost' : 'waits, then arrives';
}

/** Puts the table into a page. */
export function withComparison(page: string, table: string): string {
  return page.replace(
    /(<!-- comparison -->\n)[\s\S]*?(\n<!-- \/comparison -->)/,
    (_, start, end) => `${start}\n${table}\n${end}`,
  );
}

if (import.meta.main) {
  const tables = { 'README.md': await comparison(), 'docs/comparison.md': allScenarios() };
  for (const [page, table] of Object.entries(tables)) {
    const path = join(ROOT, page);
    writeFileSync(path, withComparison(readFileSync(path, 'utf8'), table));
  }
}
