import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { bundle, sizesOf } from '../build.ts';

const run = promisify(execFile);
const folder = fileURLToPath(new URL('..', import.meta.url));
let target: string;
let tarball: string;

beforeAll(async () => {
  target = await mkdtemp(join(tmpdir(), 'hubrelay-browser-'));
  const { stdout } = await run('npm', ['pack', '--json', '--pack-destination', target], {
    cwd: folder,
  });
  const packed: unknown = JSON.parse(stdout);
  // npm gives a list, or from version 11 on an object by package name.
  const [{ filename }] = Object.values(packed as Record<string, { filename: string }>) as [
    { filename: string },
  ];
  tarball = join(target, filename);
});
afterAll(() => rm(target, { recursive: true, force: true }));

test('the packed package has nothing for publint to complain about', async () => {
  const { messages, pkg } = await publint({ pkgDir: folder, strict: true });
  // It runs in browsers: a version of Node here only makes package managers refuse it.
  const texts = messages.map((message) => formatMessage(message, pkg) ?? '');
  expect(texts.filter((text) => !text.includes('engines.node'))).toEqual([]);
});

test('its types resolve as its code does, from importers of ES modules and of CommonJS', async () => {
  const attw = fileURLToPath(new URL('../../../node_modules/.bin/attw', import.meta.url));
  // It exits with an error when it finds a problem. The script as text is for servers, which have ES modules.
  const args = ['--profile', 'node16', '--exclude-entrypoints', 'bundle', '--format', 'ascii'];
  const { stdout } = await run(attw, [tarball, ...args]);
  expect(stdout).toContain('@hubrelay/browser/testing');
});

test('it loads with require where that takes no ES modules, as in Jest', async () => {
  const code = `
    const names = ['', '/core', '/react', '/vue', '/testing'];
    const [index, core, react, vue, testing] = names.map((name) => require('@hubrelay/browser' + name));
    const tracker = testing.createRecordingTracker();
    tracker.track('signup');
    console.log(typeof index.createTracker, typeof core.trackClicks, typeof react.useTracker, typeof vue.useTracker, tracker.events.length);`;
  const { stdout } = await run(
    process.execPath,
    ['--no-experimental-require-module', '--input-type=commonjs', '-e', code],
    { cwd: folder },
  );
  expect(stdout.trim()).toBe('function function function function 1');
});

test('neither it nor the protocol asks for a version of Node: they run in browsers', async () => {
  for (const name of ['browser', 'protocol']) {
    const manifest = JSON.parse(await readFile(join(folder, `../${name}/package.json`), 'utf8'));
    expect(manifest.engines).toBeUndefined();
  }
});

test('it carries the script, its source map, and no tests', async () => {
  const { stdout } = await run('tar', ['-tzf', tarball]);
  const files = stdout.split('\n');
  expect(files).toContain('package/dist/hubrelay.js');
  expect(files).toContain('package/dist/hubrelay.js.map');
  expect(files).toContain('package/dist/bundle.js');
  expect(files.filter((file) => file.includes('.test.'))).toEqual([]);
});

test('a page that bundles the published core gets at most 3,326 bytes (brotli)', async () => {
  const { code } = await bundle({
    stdin: {
      contents: `import { createCoreTracker } from '@hubrelay/browser/core';
        createCoreTracker({ endpoint: '/v1/events' }).track('signup');`,
      resolveDir: folder,
    },
    conditions: [],
  });
  expect(sizesOf(code).brotli).toBeLessThanOrEqual(3_326);
});

test('importing and starting it where there is no page does nothing', async () => {
  const code = `
    import { createTracker } from '@hubrelay/browser';
    import '@hubrelay/browser/core';
    const tracker = createTracker({ endpoint: '/v1/events', consent: 'hubspot', captureHsq: true, pageviewEvent: 'seen' });
    tracker.identify('a.b.c'); tracker.consent('granted');
    console.log(await tracker.track('signup'), await tracker.flush());
    tracker.disable();`;
  const { stdout } = await run(process.execPath, ['--input-type=module', '-e', code], {
    cwd: folder,
  });
  expect(stdout.trim()).toBe('denied true');
});
