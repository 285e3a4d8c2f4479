/**
 * A relay beside Vite's development server.
 * @module
 */
import { type Dev, type DevOptions, startDev } from './start-dev.ts';

export interface HubrelayDevOptions extends DevOptions {
  /** The path that the site sends events to, as in production (`EVENTS_PATH`). @default '/v1/events' */
  readonly eventsPath?: string;
  /** Puts the script tag into the page, for a site that does not import `@hubrelay/browser`. @default false */
  readonly scriptTag?: boolean;
  /** Sets a visitor’s cookie where there is none: HubSpot’s script is seldom there in development. @default true */
  readonly visitor?: boolean;
}

/** As much of Vite’s `Plugin` as is used, so that this package does not need Vite. */
export interface HubrelayDevPlugin {
  readonly name: string;
  apply(
    config: { readonly mode?: string },
    env: { readonly command: string; readonly isPreview?: boolean },
  ): boolean;
  config(): Promise<{ server: { proxy: Record<string, string> } }>;
  configureServer(server: {
    readonly config: { readonly logger: { info(line: string): void } };
  }): void;
  transformIndexHtml(): readonly HtmlTag[];
  closeBundle(): Promise<void>;
}

interface HtmlTag {
  readonly tag: string;
  readonly attrs?: Record<string, string | boolean>;
  readonly children?: string;
  readonly injectTo: 'head-prepend';
}

/** As HubSpot's own script does, but at once: 32 hex digits, in a cookie of the site. */
const SET_VISITOR = `if (!/(^|; )hubspotutk=/.test(document.cookie)) document.cookie = 'hubspotutk=' + Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('') + ';path=/;max-age=15552000;SameSite=Lax';`;

/**
 * A Vite plugin: starts a relay, a fake HubSpot and an inspector with the development server, and passes the site's
 * `/v1/events` on to the relay, so that the same endpoint works as in production. It does nothing in builds, previews and tests.
 */
export function hubrelayDev(options: HubrelayDevOptions = {}): HubrelayDevPlugin {
  const { eventsPath = '/v1/events', scriptTag = false, visitor = true, ...dev } = options;
  let running: Dev | undefined;

  async function stop(): Promise<void> {
    const stopping = running;
    running = undefined;
    await stopping?.close();
  }

  return {
    name: 'hubrelay-dev',
    apply: (_config, { command, isPreview }) =>
      command === 'serve' && !isPreview && process.env.VITEST === undefined,
    async config() {
      await stop();
      running = await startDev(dev);
      const { relayUrl } = running;
      return { server: { proxy: { [eventsPath]: relayUrl, '/hubrelay.js': relayUrl } } };
    },
    configureServer({ config }) {
      config.logger.info(`\n  hubrelay inspector: ${running?.inspectorUrl}\n`);
    },
    transformIndexHtml: () => [
      ...(visitor
        ? [{ tag: 'script', children: SET_VISITOR, injectTo: 'head-prepend' as const }]
        : []),
      ...(scriptTag
        ? [
            {
              tag: 'script',
              attrs: { async: true, src: '/hubrelay.js' },
              injectTo: 'head-prepend' as const,
            },
          ]
        : []),
    ],
    closeBundle: stop,
  };
}
