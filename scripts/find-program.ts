import { existsSync, globSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** What some tests run beside browsers, and the Debian package that brings it. */
export const debianPackages = {
  caddy: 'caddy',
  openssl: 'openssl',
  pgbouncer: 'pgbouncer',
  postgres: 'postgresql',
  promtool: 'prometheus',
  sqlite3: 'sqlite3',
} as const;

export type ProgramName = keyof typeof debianPackages;

/** Where servers are; an ordinary user's PATH leaves it out. Debian has a folder for each version of Postgres. */
const SERVER_FOLDERS = [
  '/usr/local/sbin',
  '/usr/sbin',
  ...globSync('/usr/lib/postgresql/*/bin').toSorted().toReversed(),
];

/** @returns the path of the program; undefined where it is not installed */
export function findProgram(name: ProgramName): string | undefined {
  const folders = [...(process.env.PATH ?? '').split(delimiter), ...SERVER_FOLDERS];
  return folders.map((folder) => join(folder, name)).find((path) => existsSync(path));
}
