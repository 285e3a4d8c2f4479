import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** What some tests run beside browsers, and the Debian package that brings it. */
export const debianPackages = {
  caddy: 'caddy',
  openssl: 'openssl',
  pgbouncer: 'pgbouncer',
  promtool: 'prometheus',
} as const;

export type ProgramName = keyof typeof debianPackages;

/** Where servers are; an ordinary user's PATH leaves it out. */
const SERVER_FOLDERS = ['/usr/local/sbin', '/usr/sbin'];

/** @returns the path of the program; undefined where it is not installed */
export function findProgram(name: ProgramName): string | undefined {
  const folders = [...(process.env.PATH ?? '').split(delimiter), ...SERVER_FOLDERS];
  return folders.map((folder) => join(folder, name)).find((path) => existsSync(path));
}
