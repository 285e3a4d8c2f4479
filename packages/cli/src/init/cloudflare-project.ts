import { type ProjectFiles, type ProjectOptions, packageJson, THE_PAGE } from './project-parts.ts';

/** What the button "Deploy to Cloudflare" says beside each value that it asks for. */
const BINDINGS = {
  HUBSPOT_ACCESS_TOKEN: {
    description:
      'A service key with the scope analytics.behavioral_events.send: HubSpot, Development, Keys, Service keys.',
  },
  HUBSPOT_HUB_ID: { description: 'The number in the address of your HubSpot account.' },
  ALLOWED_ORIGINS: { description: 'Your websites, separated by commas: https://www.example.com' },
  EVENTS: { description: 'The events to let through, separated by commas; * for all.' },
};

/** A Worker that delivers within the request: examples/cloudflare, which a test compares. */
export function cloudflareFiles({ origins, hubId, version }: ProjectOptions): ProjectFiles {
  return {
    'package.json': packageJson({
      scripts: {
        dev: 'wrangler dev',
        secret: 'wrangler secret put HUBSPOT_ACCESS_TOKEN',
        deploy: 'wrangler deploy',
        types: 'tsc --noEmit',
      },
      dependencies: { '@hubrelay/browser': `^${version}`, '@hubrelay/relay': `^${version}` },
      devDependencies: { typescript: '^7.0.0', wrangler: '^4.0.0' },
      cloudflare: { bindings: BINDINGS },
    }),
    'worker.ts': `import * as script from '@hubrelay/browser/bundle';
import { workerRelay } from '@hubrelay/relay/cloudflare';

export default workerRelay({ script });
`,
    'tsconfig.json': `{
  "compilerOptions": {
    "target": "es2023",
    "module": "nodenext",
    "lib": ["es2023", "dom"],
    "types": [],
    "strict": true,
    "skipLibCheck": true
  },
  "include": ["worker.ts"]
}
`,
    'wrangler.toml': wranglerToml(origins, hubId),
    '.env.example': `# Copy to .env, which git ignores, for "npm run dev". The deployed Worker has its own: npm run secret
HUBSPOT_ACCESS_TOKEN=
`,
    'README.md': `# The relay, a Cloudflare Worker

    npm install
    cp .env.example .env    # write the key into it, for npm run dev
    npm run dev             # on this machine
    npm run deploy
    npm run secret          # the key, for the deployed Worker

It delivers within the request; while HubSpot is away the pages keep their events. Variables are in \`wrangler.toml\`. A queue between, limits and the log:
https://github.com/hubrelay/hubrelay/blob/main/docs/deploy/cloudflare.md

${THE_PAGE}`,
  };
}

const wranglerToml = (origins: string, hubId: string) => `name = "hubrelay"
main = "worker.ts"
compatibility_date = "2026-10-01"

# Keeps the log, one line per call to HubSpot, for some days: dashboard, Workers, Logs. Without it only "npx wrangler tail" shows it.
[observability]
enabled = true

# Requests of one address and of one visitor in a minute. The numbers are yours; so are the ids, one for each limit of your account.
[[ratelimits]]
name = "RATE_LIMIT_ADDRESS"
namespace_id = "1001"
simple = { limit = 1200, period = 60 }

[[ratelimits]]
name = "RATE_LIMIT_VISITOR"
namespace_id = "1002"
simple = { limit = 1200, period = 60 }

[vars]
HUBSPOT_HUB_ID = "${hubId}"
ALLOWED_ORIGINS = "${origins}"
# Or let through only what HubSpot defines: workerRelay({ script, lock }) with the events.lock.json of "hubrelay pull".
EVENTS = "*"
# The credential is a secret: npx wrangler secret put HUBSPOT_ACCESS_TOKEN
`;
