/**
 * The README's table of runtimes and the table of durability in docs/guarantees.md: `node --conditions=hubrelay-source scripts/runtimes.ts` writes both anew.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DURABILITY } from '../packages/relay/src/hosts/durability.ts';
import { ROOT } from './run-step.ts';

export interface Runtime {
  readonly name: string;
  /** Below docs/deploy. */
  readonly page: string;
  readonly outboxes: readonly (keyof typeof DURABILITY)[];
  /** Where there is no suite: how far it was tried. */
  readonly tried?: string;
  readonly suite?: {
    readonly file: string;
    /** As it stands in the file: the suite's name, and what it is run for. */
    readonly texts: readonly string[];
    /** What runs it there; the platform's name alone would promise too much. */
    readonly in: string;
  };
}

const HOSTS = 'packages/relay/test/hosts';

const onBunOrDeno = (runtime: string): NonNullable<Runtime['suite']> => ({
  file: `${HOSTS}/bun-and-deno.test.ts`,
  // biome-ignore lint/suspicious/noTemplateCurlyInString: as it stands in the file
  texts: [`'${runtime}'`, 'testHost(`the long-running host on ${runtime}`'],
  in: runtime,
});

const onTheEdge = (text: string, runner: string): NonNullable<Runtime['suite']> => ({
  file: `${HOSTS}/edge.test.ts`,
  texts: [text],
  in: runner,
});

export const RUNTIMES: readonly Runtime[] = [
  {
    name: 'Node ≥ 22.13',
    page: 'node.md',
    outboxes: ['sqlite', 'postgres', 'direct'],
    suite: { file: `${HOSTS}/node.test.ts`, texts: ["testHost('the Node host'"], in: 'Node' },
  },
  {
    name: 'Bun',
    page: 'bun-deno.md',
    outboxes: ['sqlite', 'postgres', 'direct'],
    suite: onBunOrDeno('bun'),
  },
  {
    name: 'Deno',
    page: 'bun-deno.md',
    outboxes: ['sqlite', 'postgres', 'direct'],
    suite: onBunOrDeno('deno'),
  },
  {
    name: 'Cloudflare Workers',
    page: 'cloudflare.md',
    outboxes: ['direct'],
    suite: {
      file: `${HOSTS}/cloudflare.test.ts`,
      texts: ["testHost('the Cloudflare host in workerd'"],
      in: 'workerd',
    },
  },
  {
    name: 'Cloudflare Workers with Queues',
    page: 'cloudflare.md#with-queues',
    outboxes: ['queue'],
    suite: {
      file: `${HOSTS}/cloudflare-queues.test.ts`,
      texts: ["describe('the Cloudflare host with queues, in workerd'"],
      in: 'workerd',
    },
  },
  {
    name: 'Deno Deploy',
    page: 'edge.md',
    outboxes: ['direct'],
    suite: onTheEdge("testHost('examples/deno-deploy in Deno'", 'Deno'),
  },
  {
    name: 'Netlify Edge Functions',
    page: 'edge.md',
    outboxes: ['direct'],
    suite: onTheEdge("testHost('examples/netlify in Deno'", 'Deno'),
  },
  {
    name: 'Supabase Edge Functions',
    page: 'edge.md',
    outboxes: ['direct'],
    suite: onTheEdge("test('examples/supabase answers below the function’s name'", 'Deno'),
  },
  {
    name: 'Vercel Edge Functions',
    page: 'edge.md',
    outboxes: ['direct'],
    suite: onTheEdge(
      "testHost('examples/vercel in the runtime of edge functions'",
      '`edge-runtime`',
    ),
  },
  {
    name: 'Functions on Postgres',
    page: 'edge.md#functions-on-postgres',
    outboxes: ['postgres'],
    suite: {
      file: `${HOSTS}/serverless.test.ts`,
      texts: ["test('one function acknowledges from storage, others deliver, each event once'"],
      in: 'Node',
    },
  },
  {
    name: 'AWS Lambda',
    page: 'aws-lambda.md',
    outboxes: ['direct', 'postgres'],
    suite: onTheEdge("testHost('a Lambda function'", 'Node, with the events that AWS documents'),
  },
  {
    name: 'Docker image',
    page: 'container.md',
    outboxes: ['sqlite', 'postgres'],
    tried: 'not built: its [commands](packages/cli/test/container.test.ts) run in tests',
  },
  {
    name: 'Google Cloud Run, Fly, Render, Railway',
    page: 'container.md',
    outboxes: ['sqlite', 'postgres'],
    tried: 'not run: take the Docker image',
  },
];

const STORAGE = {
  sqlite: 'SQLite',
  postgres: 'Postgres',
  functions: 'functions on Postgres',
  queue: 'Queues and D1',
  direct: 'direct',
} as const satisfies Record<keyof typeof DURABILITY, string>;

export function runtimeTable(): string {
  const rows = RUNTIMES.map(({ name, page, outboxes, tried, suite }) => [
    `[${name}](docs/deploy/${page})`,
    outboxes.map((outbox) => STORAGE[outbox]).join(', '),
    suite ? `[run in tests](${suite.file}) by ${suite.in}` : (tried ?? 'not run'),
  ]);
  return tableOf(['runtime', 'events wait in', ''], rows);
}

export function durabilityTable(): string {
  const rows = Object.entries(DURABILITY).map(([outbox, { durability, keepsEventsFor }]) => [
    STORAGE[outbox as keyof typeof DURABILITY],
    `\`${durability}\``,
    keepsEventsFor,
  ]);
  return tableOf(['storage', '`durability`', '`keepsEventsFor`'], rows);
}

function tableOf(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const all = [header, header.map(() => '---'), ...rows];
  return all.map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

const TABLES = [
  ['README.md', 'runtimes', runtimeTable],
  ['docs/guarantees.md', 'durability', durabilityTable],
] as const;

/** The pages, as they should be. */
export function pagesWithTables(): { page: string; text: string }[] {
  return TABLES.map(([page, mark, table]) => {
    const between = new RegExp(`(<!-- ${mark} -->\n)[\\s\\S]*?(<!-- /${mark} -->)`);
    const text = readFileSync(join(ROOT, page), 'utf8');
    if (!between.test(text)) throw new Error(`${page} has no place for the table "${mark}".`);
    return { page, text: text.replace(between, (_, start, end) => `${start}${table()}\n${end}`) };
  });
}

if (import.meta.main) {
  for (const { page, text } of pagesWithTables()) writeFileSync(join(ROOT, page), text);
}
