import { commandGroup } from '../command-group.ts';

/** `hubrelay key`. */
export const key = commandGroup(
  { name: 'key', description: 'Keys of servers that send events through the relay' },
  {
    make: () => import('./key/make.ts').then(({ make }) => make),
    list: () => import('./key/list.ts').then(({ list }) => list),
    revoke: () => import('./key/revoke.ts').then(({ revoke }) => revoke),
  },
);
