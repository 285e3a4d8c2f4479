import { type ProjectFiles, type ProjectOptions, packageJson, THE_PAGE } from './project-parts.ts';

type Machine = 'node' | 'bun' | 'deno';

const MAIN = 'node_modules/hubrelay/dist/main.js';

/** What runs a command of hubrelay with the variables of `.env`. */
const RUN: Readonly<Record<Machine, string>> = {
  node: `node --env-file=.env ${MAIN}`,
  bun: `bun --env-file=.env ${MAIN}`,
  deno: `deno run --allow-net --allow-env --allow-read --allow-write --allow-sys --env-file=.env ${MAIN}`,
};

/** A relay on a machine of one's own. */
export function machineFiles({
  runtime,
  origins,
  hubId,
  version,
}: ProjectOptions & { readonly runtime: Machine }): ProjectFiles {
  const run = RUN[runtime];
  return {
    'package.json': packageJson({
      scripts: {
        start: `${run} relay`,
        doctor: `${run} doctor --relay http://127.0.0.1:8787`,
        pull: `${run} pull`,
      },
      dependencies: { hubrelay: `^${version}` },
    }),
    '.env.example': `# Copy to .env, which git ignores. Every variable: https://github.com/hubrelay/hubrelay/blob/main/docs/configuration.md
# Development > Keys > Service keys in HubSpot, with the scope analytics.behavioral_events.send
HUBSPOT_ACCESS_TOKEN=
HUBSPOT_HUB_ID=${hubId}
ALLOWED_ORIGINS=${origins}
# Lets every well-formed event through. After "npm run pull": EVENTS_LOCK=events.lock.json instead.
EVENTS=*
OUTBOX_PATH=hubrelay.db
`,
    'README.md': `# The relay

    npm install
    cp .env.example .env    # write the key into it
    npm start

It listens on 127.0.0.1:8787 and stores events in \`hubrelay.db\` before it acknowledges them. Before it belongs a proxy that speaks TLS:
https://github.com/hubrelay/hubrelay/blob/main/docs/deploy/node.md

\`npm run pull\` reads HubSpot's event definitions into \`events.lock.json\`, which lets through only what HubSpot defines, and types for
\`track()\` into \`events.d.ts\`. It needs \`HUBSPOT_DEFINITIONS_TOKEN\`.

${THE_PAGE}`,
  };
}
