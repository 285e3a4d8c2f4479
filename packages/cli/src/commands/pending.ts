import { commandGroup } from '../command-group.ts';

/** `hubrelay pending`. */
export const pending = commandGroup(
  {
    name: 'pending',
    description: 'Look at the events that wait for delivery, and take some of them out',
  },
  {
    list: () => import('./pending/list.ts').then(({ list }) => list),
    show: () => import('./pending/show.ts').then(({ show }) => show),
    bury: () => import('./pending/bury.ts').then(({ bury }) => bury),
    purge: () => import('./pending/purge.ts').then(({ purge }) => purge),
  },
);
