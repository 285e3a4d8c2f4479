import { readFile } from 'node:fs/promises';
import type { Tracker } from '@hubrelay/browser';
import { type Collector, type CollectorOptions, startCollector } from './collector.ts';
import { type Site, startSite } from './site.ts';

/** What HubSpot's script would have put into its cookie. */
export const utk = '0123456789abcdef0123456789abcdef';

const bundle = new URL('../packages/browser/dist/hubrelay.js', import.meta.url);

/** A website with the built script on it, and a collector in the place of its relay. */
export interface TrackedSite {
  readonly site: Site;
  readonly collector: Collector;
  /** The address of a page of this site. */
  url(path?: string): string;
  /** Puts a page on the site and gives its address. */
  page(path: string, options?: PageOptions): string;
  close(): Promise<void>;
}

export interface PageOptions {
  /** Attributes of the script tag: `data-consent="pending"`. */
  readonly attributes?: string;
  /** Options that only code can give, as source: `{ onDrop: (events) => … }`. */
  readonly options?: string;
  /** Runs before everything else on the page. */
  readonly before?: string;
  readonly body?: string;
  /** Where the script comes from; `site` also works while the relay is away. @default 'relay' */
  readonly scriptFrom?: 'relay' | 'site';
  /** The visitor's token that the page finds; `null`: HubSpot's script has not been there. */
  readonly utk?: string | null;
}

declare global {
  interface Window {
    hubrelay: Tracker;
  }
}

/** Starts a site with the tracker on `/` and `/next`, and a page without it on `/other`. */
export async function startTrackedSite(options: CollectorOptions = {}): Promise<TrackedSite> {
  const script = { type: 'text/javascript', body: await readFile(bundle) };
  const collector = await startCollector({ ...options, files: { '/hubrelay.js': script } });
  const site = await startSite({
    '/other': '<!doctype html><title>Other</title>',
    '/hubrelay.js': script.body.toString(),
  });
  const tracked: TrackedSite = {
    site,
    collector,
    url: (path = '/') => site.origin + path,
    page(path, options = {}) {
      site.files[path] = pageWith(collector.origin, path, options);
      return site.origin + path;
    },
    close: async () => {
      await site.close();
      await collector.close();
    },
  };
  tracked.page('/');
  tracked.page('/next');
  return tracked;
}

function pageWith(relay: string, path: string, options: PageOptions): string {
  const { attributes = '', before = '', body = '', options: code = '{}', scriptFrom } = options;
  const script =
    scriptFrom === 'site'
      ? `/hubrelay.js" data-endpoint="${relay}/v1/events`
      : `${relay}/hubrelay.js`;
  const visitor = options.utk === undefined ? utk : options.utk;
  return `<!doctype html><title>Page ${path}</title>
<script>${visitor ? `document.cookie = 'hubspotutk=${visitor}; path=/; SameSite=Lax';` : ''}
${before}
window.hubrelay = Object.assign([], ${code});</script>
<script src="${script}" ${attributes}></script>
${body}`;
}
