import { commandGroup } from '../command-group.ts';

/** `hubrelay dead`. */
export const dead = commandGroup(
  {
    name: 'dead',
    description: 'Look at the events that a relay could not deliver, and send them again',
  },
  {
    list: () => import('./dead/list.ts').then(({ list }) => list),
    show: () => import('./dead/show.ts').then(({ show }) => show),
    replay: () => import('./dead/replay.ts').then(({ replay }) => replay),
    purge: () => import('./dead/purge.ts').then(({ purge }) => purge),
  },
);
