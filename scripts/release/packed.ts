/** The packages as npm would publish them. */
import { execFile } from 'node:child_process';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { ROOT } from '../run-step.ts';

const run = promisify(execFile);

export interface PackedPackage {
  readonly name: string;
  /** The tarball's path. */
  readonly tarball: string;
  /** Its files, without the folder `package/` that every tarball begins with. */
  readonly files: readonly string[];
  /** Its README, as npm shows it. */
  readonly readme: string;
}

/** Packs every package into `folder`. The packages have to be built. */
export function packAll(folder: string): Promise<PackedPackage[]> {
  const folders = globSync('packages/*/', { cwd: ROOT });
  return Promise.all(folders.map((path) => pack(join(ROOT, path), folder)));
}

async function pack(packageFolder: string, into: string): Promise<PackedPackage> {
  const { stdout } = await run('npm', ['pack', '--json', '--pack-destination', into], {
    cwd: packageFolder,
    maxBuffer: 16 * 2 ** 20,
  });
  // npm gives a list, or from version 11 on an object by package name.
  const [packed] = Object.values(JSON.parse(stdout) as Record<string, NpmPacked>);
  if (!packed) throw new Error(`npm packed nothing in ${packageFolder}`);
  return {
    name: packed.name,
    tarball: join(into, packed.filename),
    files: packed.files.map(({ path }) => path),
    readme: readFileSync(join(packageFolder, 'README.md'), 'utf8'),
  };
}

interface NpmPacked {
  readonly name: string;
  readonly filename: string;
  readonly files: readonly { readonly path: string }[];
}
