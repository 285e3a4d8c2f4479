import { defineCommand } from 'citty';

/** `hubrelay pending`. */
export const pending = defineCommand({
  meta: {
    name: 'pending',
    description: 'Look at the events that wait for delivery, and take some of them out',
  },
  subCommands: {
    list: () => import('./pending/list.ts').then(({ list }) => list),
    show: () => import('./pending/show.ts').then(({ show }) => show),
    bury: () => import('./pending/bury.ts').then(({ bury }) => bury),
    purge: () => import('./pending/purge.ts').then(({ purge }) => purge),
  },
});
