/** What a release publishes and in which order, from the manifests alone. */

export interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly dependencies?: Readonly<Record<string, string>>;
}

/**
 * Dependencies before dependents: a package that is on the registry before what it needs cannot be installed.
 *
 * @throws Error where packages depend on each other in a circle
 */
export function publishOrder<T extends Manifest>(manifests: readonly T[]): T[] {
  const ordered: T[] = [];
  let waiting = [...manifests];
  while (waiting.length > 0) {
    const names = new Set(waiting.map(({ name }) => name));
    const needsOneOfThem = ({ dependencies = {} }: T) =>
      Object.keys(dependencies).some((name) => names.has(name));
    const next = waiting.filter((manifest) => !needsOneOfThem(manifest));
    if (next.length === 0) throw new Error(`Packages depend on each other: ${[...names]}`);
    ordered.push(...next);
    waiting = waiting.filter(needsOneOfThem);
  }
  return ordered;
}

/** One sentence per package that does not fit the tag `v1.2.3`; none where all do. */
export function mismatches(tag: string, manifests: readonly Manifest[]): string[] {
  const wanted = /^v(\d+\.\d+\.\d+)$/.exec(tag)?.[1];
  if (!wanted) return [`The tag "${tag}" is not a version such as v1.2.3.`];
  const names = new Set(manifests.map(({ name }) => name));
  return manifests.flatMap(({ name, version, dependencies = {} }) => [
    ...(version === wanted ? [] : [`${name} has version ${version}, the tag says ${wanted}.`]),
    ...Object.entries(dependencies)
      .filter(([dependency, range]) => names.has(dependency) && range !== wanted)
      .map(([dependency, range]) => `${name} needs ${dependency} ${range}, not ${wanted}.`),
  ]);
}
