/**
 * Publishes every package of this version that the registry does not have yet, dependencies first:
 * `node scripts/release/publish.ts v1.2.3`. Run it again after a failure: it goes on with what is missing.
 * `--check` only compares the tag with the packages, `--dry-run` asks npm to do all but the upload.
 */
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { ROOT } from '../run-step.ts';
import { type Manifest, mismatches, publishOrder } from './plan.ts';

const [tag = '', ...options] = process.argv.slice(2);
// A provenance statement can only be made by the release workflow; the first version comes from a maintainer's machine.
const how = ['--dry-run', '--no-provenance'].filter((option) => options.includes(option));
if (how.length === 0) how.push('--provenance');

const packages = globSync('packages/*/package.json', { cwd: ROOT }).map((path) => ({
  folder: dirname(path),
  ...(JSON.parse(readFileSync(join(ROOT, path), 'utf8')) as Manifest),
}));

const problems = mismatches(tag, packages);
if (problems.length > 0) {
  console.error(
    [
      ...problems,
      'Nothing was published. Run `npx changeset version`, commit, and tag that commit.',
    ].join('\n'),
  );
  process.exit(1);
}

if (options.includes('--check')) {
  console.log(`${tag} is the version of all ${packages.length} packages.`);
  process.exit(0);
}

for (const { name, version, folder } of publishOrder(packages)) {
  if (await isPublished(name, version)) {
    console.log(`${name}@${version} is on the registry already.`);
    continue;
  }
  console.log(`${name}@${version}`);
  const args = ['publish', '--access', 'public', ...how];
  const npm = spawn('npm', args, { cwd: join(ROOT, folder), stdio: 'inherit' });
  const [code] = await once(npm, 'close');
  if (code !== 0) {
    console.error(
      `Publishing stopped at ${name}. What came before it is published; run this again to go on.`,
    );
    process.exit(1);
  }
}

/** @throws Error where the registry cannot be asked: publishing on a guess could end in half a release. */
async function isPublished(name: string, version: string): Promise<boolean> {
  try {
    await promisify(execFile)('npm', ['view', `${name}@${version}`, 'version', '--json'], {
      cwd: ROOT,
    });
    return true;
  } catch (error) {
    if (`${(error as { stdout?: string }).stdout}`.includes('E404')) return false;
    throw error;
  }
}
