import { readFile } from 'node:fs/promises';
import { registerHooks } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Plugin } from 'esbuild';
import { applyTo } from './bug.ts';
import { BUGS } from './bugs.ts';

const ROOT = join(import.meta.dirname, '../..');

/**
 * Plants a bug in the copy of a module that Node loads, and in the one that a page loads. The files stay as they are.
 * @returns what plants it in a page's bundle
 */
export function plantBug(name: string): Plugin {
  const bug = BUGS.find((one) => one.name === name);
  if (bug === undefined) throw new Error(`There is no bug "${name}".`);
  const path = join(ROOT, bug.file);
  const url = pathToFileURL(path).href;
  registerHooks({
    load(loaded, context, nextLoad) {
      const result = nextLoad(loaded, context);
      if (loaded !== url) return result;
      return { ...result, source: applyTo(String(result.source), bug) };
    },
  });
  return {
    name: 'plant a bug',
    setup(build) {
      build.onLoad({ filter: /\.ts$/ }, async (args) => {
        if (args.path !== path) return undefined;
        return { contents: applyTo(await readFile(path, 'utf8'), bug), loader: 'ts' };
      });
    },
  };
}
