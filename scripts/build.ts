/** Builds every package: types and modules with tsc, the browser bundles with esbuild. */
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ROOT, runStep } from './run-step.ts';

const steps = [
  () => runStep('compile', ['tsc', '-b']),
  () => markCommonJs(['packages/protocol', 'packages/browser']),
  () => runStep('bundle', ['node', 'packages/browser/build.ts']),
];

/** What is compiled for `require` lies below packages of ES modules; its private names are those of its own package.json. */
async function markCommonJs(packages: readonly string[]) {
  for (const folder of packages) {
    const cjs = join(ROOT, folder, 'dist/cjs');
    await writeFile(join(cjs, 'package.json'), '{ "type": "commonjs" }\n');
    // A package's `imports` do not reach into this folder, which has a package.json of its own.
    for (const name of await readdir(cjs)) {
      if (!name.endsWith('.js')) continue;
      const code = await readFile(join(cjs, name), 'utf8');
      await writeFile(join(cjs, name), code.replace('"#js-cookie"', '"./js-cookie.js"'));
    }
  }
  return { ok: true };
}

for (const step of steps) {
  if (!(await step()).ok) process.exit(1);
}
