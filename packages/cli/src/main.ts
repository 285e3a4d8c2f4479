#!/usr/bin/env node
import './terminal-colours.ts';
import { runMain } from 'citty';
import { argumentsOf, hubrelay } from './hubrelay.ts';
import { nodeProblem } from './node-version.ts';
import { engines } from './own-package.ts';

const problem = nodeProblem(process.versions.node, engines.node);
if (problem !== undefined) {
  console.error(problem);
  process.exit(1);
}
await runMain(hubrelay, { rawArgs: argumentsOf(process.argv.slice(2)) });
