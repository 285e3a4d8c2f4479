/** Builds every package: types and modules with tsc, the browser bundles with esbuild. */
import { runStep } from './run-step.ts';

const steps = [
  () => runStep('compile', ['tsc', '-b']),
  () => runStep('bundle', ['node', 'packages/browser/build.ts']),
];
for (const step of steps) {
  if (!(await step()).ok) process.exit(1);
}
