import { expect, test } from 'vitest';
import { hostsOf } from './postgres-hosts.ts';

test.each([
  ['postgres://u:p@a:1/db', ['postgres://u:p@a:1/db']],
  [
    'postgres://u:p%40@a:1,b/db?target_session_attrs=read-write',
    [
      'postgres://u:p%40@a:1/db?target_session_attrs=read-write',
      'postgres://u:p%40@b/db?target_session_attrs=read-write',
    ],
  ],
  ['postgresql://[::1]:1,b:2', ['postgresql://[::1]:1', 'postgresql://b:2']],
  ['postgres://u@/db?host=/var/run/postgresql', ['postgres://u@/db?host=/var/run/postgresql']],
])('%s leads to each of its hosts', (connectionString, expected) => {
  expect(hostsOf(connectionString)).toEqual(expected);
});
