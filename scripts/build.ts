/** Builds every package: types and modules with tsc, the browser bundles with esbuild. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ROOT, runStep } from './run-step.ts';

const steps = [
  () => runStep('compile', ['tsc', '-b']),
  () => markCommonJs(['packages/protocol', 'packages/browser']),
  () => runStep('bundle', ['node', 'packages/browser/build.ts']),
];

/** What is compiled for `require` lies below packages of ES modules; its private names are those of its own package.json. */
async function markCommonJs(packages: readonly string[]) {
  const manifest = { type: 'commonjs', imports: { '#js-cookie': './js-cookie.js' } };
  for (const folder of packages)
    await writeFile(join(ROOT, folder, 'dist/cjs/package.json'), `${JSON.stringify(manifest)}\n`);
  return { ok: true };
}

for (const step of steps) {
  if (!(await step()).ok) process.exit(1);
}
