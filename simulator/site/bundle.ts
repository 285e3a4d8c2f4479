import { join } from 'node:path';
import type { CoreOptions, Tracker } from '@hubrelay/browser/core';
import { build, type Plugin, stop } from 'esbuild';

/** What the browser's code finds around it. One set per page, so that each page has its own clock, storage and network. */
export const PAGE_GLOBALS = [
  'globalThis',
  'window',
  'location',
  'document',
  'navigator',
  'localStorage',
  'fetch',
  'fetchLater',
  'addEventListener',
  'removeEventListener',
  'setTimeout',
  'clearTimeout',
  'queueMicrotask',
  'crypto',
  'Date',
  'Math',
  'performance',
  'AbortController',
  'AbortSignal',
  'console',
] as const;

export type PageGlobals = Record<(typeof PAGE_GLOBALS)[number], unknown>;

/** Runs the browser's code in a page. */
export type OpenTracker = (globals: PageGlobals) => (options: CoreOptions) => Tracker;

const source = join(import.meta.dirname, '../../packages/browser/src');

/** The browser package as a page loads it, but as a function of its globals: a realm per page would cost more than the page. */
export async function bundlePage(plugins: Plugin[] = []): Promise<OpenTracker> {
  const { outputFiles } = await build({
    stdin: { contents: `export { createCoreTracker } from './core.ts';`, resolveDir: source },
    bundle: true,
    write: false,
    format: 'iife',
    globalName: 'hubrelay',
    target: 'es2022',
    conditions: ['hubrelay-source'],
    plugins,
  });
  await stop();
  const code = `${outputFiles[0]?.text}\nreturn hubrelay.createCoreTracker;`;
  const run = new Function(...PAGE_GLOBALS, code);
  return (globals) => run(...PAGE_GLOBALS.map((name) => globals[name]));
}
