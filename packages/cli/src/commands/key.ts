import { defineCommand } from 'citty';

/** `hubrelay key`. */
export const key = defineCommand({
  meta: { name: 'key', description: 'Keys of servers that send events through the relay' },
  subCommands: {
    make: () => import('./key/make.ts').then(({ make }) => make),
    list: () => import('./key/list.ts').then(({ list }) => list),
    revoke: () => import('./key/revoke.ts').then(({ revoke }) => revoke),
  },
});
