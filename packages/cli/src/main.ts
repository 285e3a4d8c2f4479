#!/usr/bin/env node
import { defineCommand, runMain } from 'citty';

const main = defineCommand({
  meta: {
    name: 'hubrelay',
    description: 'Sends a website’s own events to HubSpot: none lost, none twice, none spoofed',
  },
  subCommands: {
    demo: () => import('./commands/demo.ts').then(({ demo }) => demo),
  },
});

await runMain(main);
