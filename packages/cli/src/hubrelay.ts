import { commandGroup } from './command-group.ts';
import { version } from './own-package.ts';

export const hubrelay = commandGroup(
  {
    name: 'hubrelay',
    version,
    description: 'Sends a website’s own events to HubSpot: none lost, none twice, none spoofed',
  },
  {
    init: () => import('./commands/init.ts').then(({ init }) => init),
    relay: () => import('./commands/relay.ts').then(({ relay }) => relay),
    pull: () => import('./commands/pull.ts').then(({ pull }) => pull),
    stats: () => import('./commands/stats.ts').then(({ stats }) => stats),
    tail: () => import('./commands/tail.ts').then(({ tail }) => tail),
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
  },
);

/** `hubrelay help dead` is what many try first; what is not known goes the way of an unknown command. */
export function argumentsOf(words: readonly string[]): string[] {
  const [first, ...rest] = words;
  if (first !== 'help') return [...words];
  const isKnown = rest[0] === undefined || rest[0] in hubrelay.subCommands;
  return isKnown ? [...rest, '--help'] : rest;
}
