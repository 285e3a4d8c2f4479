// What does each behaviour cost in the script for pages? Bytes (brotli) that it is smaller by without the behaviour:
//   node --conditions=hubrelay-source benches/size-by-behaviour.ts [part of a name]
import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import type { Plugin } from 'esbuild';
import { bundleScript, sizesOf, withoutJsCookie } from '../packages/browser/build.ts';
import { type Cut, cuts } from './size-cuts.ts';

const [only = ''] = process.argv.slice(2);
const all = await sizeWithout([]);
const rows: [name: string, bytes: number][] = [];
for (const [name, list] of Object.entries(cuts)) {
  if (name.includes(only)) rows.push([name, all - (await sizeWithout(list))]);
}
const bare = sizesOf((await bundleScript({ plugins: [withoutJsCookie] })).code).brotli;
rows.push(['js-cookie, with a line in its place', all - bare]);
for (const [name, bytes] of rows.sort(([, one], [, other]) => other - one))
  process.stdout.write(`| ${name} | ${bytes} |\n`);
process.stdout.write(`| all | ${all} |\n`);

async function sizeWithout(list: readonly Cut[]): Promise<number> {
  const left = new Set(list);
  const cut: Plugin = {
    name: 'cut',
    setup(build) {
      build.onLoad({ filter: /browser\/src\/.*\.ts$/ }, async ({ path }) => {
        let contents = await readFile(path, 'utf8');
        for (const one of list) {
          if (one.file !== basename(path)) continue;
          const after = contents.replace(one.from, () => one.to);
          if (after !== contents) left.delete(one);
          contents = after;
        }
        return { contents, loader: 'ts' };
      });
    },
  };
  const { code } = await bundleScript({}, [cut]);
  for (const { file, from } of left) throw new Error(`${file} has changed, there is no ${from}`);
  return sizesOf(code).brotli;
}
