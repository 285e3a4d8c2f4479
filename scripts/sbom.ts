/**
 * Prints the CycloneDX bill of materials of what is published: `npm run --silent sbom`. Not by `npm sbom --omit dev`, which
 * also leaves out what the packages and their development both need, such as the Postgres driver.
 */
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { ROOT } from './run-step.ts';

interface LockedPackage {
  readonly name?: string;
  readonly version?: string;
  /** Of a link, the folder that it leads to. */
  readonly resolved?: string;
  readonly link?: boolean;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

interface Dependency {
  readonly ref: string;
  readonly dependsOn: readonly string[];
}

const { packages } = JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8')) as {
  packages: Readonly<Record<string, LockedPackage>>;
};

/** Where Node finds a package from a folder, as the lockfile names it; undefined for one of another platform. */
function resolvedFrom(folder: string, name: string): string | undefined {
  const path = join(folder, 'node_modules', name);
  const found = packages[path];
  if (found) return found.link ? found.resolved : path;
  return folder === '.' ? undefined : resolvedFrom(dirname(folder), name);
}

/** What is copied into a package's own files when it is built, so that installing it brings no package of that name. */
const COPIED_INTO: Readonly<Record<string, readonly string[]>> = {
  'packages/browser': ['js-cookie'],
};

/** What a package brings with it. Its peers are brought by the application that uses it. */
function withAllItNeeds(folder: string, reached = new Set<string>()): Set<string> {
  if (reached.has(folder)) return reached;
  reached.add(folder);
  const { dependencies, optionalDependencies } = packages[folder] ?? {};
  const installed = Object.keys({ ...dependencies, ...optionalDependencies });
  for (const name of [...installed, ...(COPIED_INTO[folder] ?? [])]) {
    const needed = resolvedFrom(folder, name);
    if (needed) withAllItNeeds(needed, reached);
  }
  return reached;
}

function refOf(path: string): string {
  const { name = path.replace(/^.*node_modules\//, ''), version } = packages[path] ?? {};
  return `${name}@${version}`;
}

/** npm calls a workspace by its folder. */
const withPackageName = <T extends { readonly 'bom-ref': string }>(component: T) => ({
  ...component,
  name: component['bom-ref'].replace(/@[^@]*$/, ''),
});

const workspaces = Object.keys(packages).filter((path) => /^packages\/[^/]+$/.test(path));
const published = new Set(workspaces.flatMap((path) => [...withAllItNeeds(path)]).map(refOf));

const { stdout } = await promisify(execFile)('npm', ['sbom', '--sbom-format', 'cyclonedx'], {
  cwd: ROOT,
  maxBuffer: 64 * 2 ** 20,
});
const bom = JSON.parse(stdout);
const root = withPackageName<{ 'bom-ref': string }>(bom.metadata.component);
const isKept = (ref: string) => published.has(ref) || ref === root['bom-ref'];

bom.metadata.component = root;
bom.components = bom.components
  .filter((component: { 'bom-ref': string }) => published.has(component['bom-ref']))
  .map(withPackageName);
bom.dependencies = bom.dependencies
  .filter(({ ref }: Dependency) => isKept(ref))
  .map(({ ref, dependsOn }: Dependency) => ({ ref, dependsOn: dependsOn.filter(isKept) }));
console.log(JSON.stringify(bom, null, 2));
