#!/usr/bin/env node
import './terminal-colours.ts';
import { readFileSync } from 'node:fs';
import { defineCommand, runMain } from 'citty';
import { nodeProblem } from './node-version.ts';

const { version, engines } = JSON.parse(
  readFileSync(new URL('../package.json', import.meta.url), 'utf8'),
) as { version: string; engines: { node: string } };

const problem = nodeProblem(process.versions.node, engines.node);
if (problem !== undefined) {
  console.error(problem);
  process.exit(1);
}

const subCommands = {
  relay: () => import('./commands/relay.ts').then(({ relay }) => relay),
  pull: () => import('./commands/pull.ts').then(({ pull }) => pull),
  stats: () => import('./commands/stats.ts').then(({ stats }) => stats),
  show: () => import('./commands/show.ts').then(({ show }) => show),
  send: () => import('./commands/send.ts').then(({ send }) => send),
  pause: () => import('./commands/pause.ts').then(({ pause }) => pause),
  resume: () => import('./commands/resume.ts').then(({ resume }) => resume),
  forget: () => import('./commands/forget.ts').then(({ forget }) => forget),
  doctor: () => import('./commands/doctor.ts').then(({ doctor }) => doctor),
  snippet: () => import('./commands/snippet.ts').then(({ snippet }) => snippet),
  pending: () => import('./commands/pending.ts').then(({ pending }) => pending),
  dead: () => import('./commands/dead.ts').then(({ dead }) => dead),
  key: () => import('./commands/key.ts').then(({ key }) => key),
  rescue: () => import('./commands/rescue.ts').then(({ rescue }) => rescue),
  verify: () => import('./commands/verify.ts').then(({ verify }) => verify),
  dev: () => import('./commands/dev.ts').then(({ dev }) => dev),
  probe: () => import('./commands/probe.ts').then(({ probe }) => probe),
  demo: () => import('./commands/demo.ts').then(({ demo }) => demo),
} as const;

const main = defineCommand({
  meta: {
    name: 'hubrelay',
    version,
    description: 'Sends a website’s own events to HubSpot: none lost, none twice, none spoofed',
  },
  subCommands,
});

// `hubrelay help dead` is what many try first; what is not known goes the way of an unknown command.
const [first, ...rest] = process.argv.slice(2);
const isKnown = rest[0] === undefined || Object.hasOwn(subCommands, rest[0]);
await runMain(main, first === 'help' ? { rawArgs: isKnown ? [...rest, '--help'] : rest } : {});
