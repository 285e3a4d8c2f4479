import { createHash } from 'node:crypto';
import { CommandError, cliCommand } from '../cli-command.ts';
import { JSON_ARG, printJson } from '../print-json.ts';
import { reasonOf } from '../reason-of.ts';

const KINDS = ['html', 'gtm', 'npm'] as const;

/** `hubrelay snippet`. */
export const snippet = cliCommand({
  meta: {
    name: 'snippet',
    description:
      'Print what a page needs: the script tag with its integrity, and the lines of a CSP',
  },
  args: {
    relay: {
      type: 'string',
      required: true,
      valueHint: 'url',
      description: 'The relay as pages reach it: https://relay.example.com',
    },
    for: {
      type: 'string',
      valueHint: KINDS.join('|'),
      default: 'html',
      description: 'A page, Google Tag Manager, or an application with npm',
    },
    script: {
      type: 'string',
      valueHint: 'path',
      default: '/hubrelay.js',
      description: 'The relay’s SCRIPT_PATH',
    },
    events: {
      type: 'string',
      valueHint: 'path',
      default: '/v1/events',
      description: 'The relay’s EVENTS_PATH',
    },
    json: JSON_ARG,
  },
  async run({ args }) {
    const kind = KINDS.find((one) => one === args.for);
    if (kind === undefined) {
      throw new CommandError(`--for ${args.for} is not known: write ${KINDS.join(', ')}.`);
    }
    const relay = originOf(args.relay);
    if (!args.events.startsWith('/')) {
      throw new CommandError(`--events ${args.events} is not a path: write /v1/events.`);
    }
    if (kind === 'npm') {
      const snippet = npmSnippet(relay, args.events);
      if (args.json) return printJson({ for: kind, ...snippet });
      return console.log(forNpm(snippet));
    }
    const snippet = tagSnippet(relay, await pinned(relay, args.script));
    if (args.json) return printJson({ for: kind, ...snippet });
    console.log(forPages(relay, args.script, snippet, kind === 'gtm'));
  },
});

function originOf(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol === 'https:' || url?.protocol === 'http:') return url.origin;
  throw new CommandError(`--relay ${text} is not an address: write https://relay.example.com.`);
}

interface PinnedScript {
  readonly url: string;
  readonly integrity: string;
}

/** The path that changes with every byte of the script, and the hash of what is there. */
async function pinned(relay: string, path: string): Promise<PinnedScript> {
  if (!URL.canParse(path, relay)) {
    throw new CommandError(`--script ${path} is not a path: write /hubrelay.js.`);
  }
  const url = new URL(path, relay);
  const silent = (error: unknown) => {
    throw new CommandError(`No relay answers at ${relay} (${reasonOf(error)}).`);
  };
  const response = await fetch(url).catch(silent);
  const type = response.headers.get('content-type') ?? '';
  if (!response.ok || !type.includes('javascript')) {
    throw new CommandError(
      `${url} is not the script (${response.status}, ${type || 'no type'}): does the proxy pass this path to the relay?`,
    );
  }
  const source = Buffer.from(await response.arrayBuffer().catch(silent));
  const integrity = `sha384-${createHash('sha384').update(source).digest('base64')}`;
  const location = response.headers.get('content-location') ?? path;
  return { url: new URL(location, relay).href, integrity };
}

/** What a page needs. The same for programs and for people. */
interface Snippet {
  /** To copy into a page or an application. */
  readonly code: string;
  /** The lines of a Content-Security-Policy. */
  readonly csp: string;
}

function tagSnippet(
  relay: string,
  script: PinnedScript,
): Snippet & { readonly script: PinnedScript } {
  return {
    code: `<script async src="${script.url}"
  integrity="${script.integrity}" crossorigin="anonymous"></script>
<script>
  window.hubrelay = window.hubrelay || [];
  // hubrelay.push(['track', 'signup', { plan: 'pro' }]);
</script>`,
    csp: `script-src ${relay}; connect-src ${relay}`,
    script,
  };
}

function npmSnippet(relay: string, path: string): Snippet & { readonly install: string } {
  return {
    code: `import { createTracker } from '@hubrelay/browser';

export const tracker = createTracker({ endpoint: '${relay}${path}' });`,
    csp: `connect-src ${relay}`,
    install: 'npm install @hubrelay/browser',
  };
}

function forPages(
  relay: string,
  path: string,
  { code, csp }: Snippet,
  isTagManager: boolean,
): string {
  const where = isTagManager
    ? 'In Google Tag Manager: a tag of the type Custom HTML, on all pages, after the consent that your site asks for.'
    : 'In the <head> of each page, beside HubSpot’s tracking code:';
  return `${where}

${indented(code)}

The integrity holds for this version of the script: print the lines again after an upgrade of the relay. To get new versions by themselves
leave it out, and load ${relay}${path} instead.

In a Content-Security-Policy:

${indented(csp)}

Such a policy blocks the second, inline script: give it the nonce of your policy, or move its lines to a file of your own.
`;
}

function forNpm({ install, code, csp }: ReturnType<typeof npmSnippet>): string {
  return `${indented(install)}

${indented(code)}

In a Content-Security-Policy:

${indented(csp)}
`;
}

const indented = (text: string) => text.replaceAll(/^(?=.)/gm, '    ');
