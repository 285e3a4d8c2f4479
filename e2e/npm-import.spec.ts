import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { expect, test } from './test.ts';
import { type TrackedSite, utk } from './tracked-site.ts';

const pages = fileURLToPath(new URL('pages/', import.meta.url));

/** Bundles an entry as an application would, with the packages as they are published. */
async function bundle(entry: string): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [`${pages}${entry}.ts`],
    bundle: true,
    write: false,
    format: 'esm',
    target: 'es2022',
    define: { 'process.env.NODE_ENV': '"production"' },
  });
  return outputFiles[0]?.text ?? '';
}

async function addPage({ site, collector }: TrackedSite, entry: string): Promise<string> {
  site.files[`/${entry}.js`] = await bundle(entry);
  site.files[`/${entry}`] = `<!doctype html><title>${entry}</title>
    <body data-endpoint="${collector.origin}/v1/events"><div id="app"></div>
    <script>document.cookie = 'hubspotutk=${utk}; path=/';</script>
    <script type="module" src="/${entry}.js"></script>`;
  return `${site.origin}/${entry}`;
}

for (const [entry, what] of [
  ['react', 'a React component tracks by the hook'],
  ['vue', 'a Vue component tracks by the composable'],
  ['core', 'the tracker without anything optional sends, too'],
] as const) {
  test(what, async ({ page, tracked }) => {
    await page.goto(await addPage(tracked, entry));
    await page.getByRole('button').click();
    const [event] = await tracked.collector.waitFor(1);
    expect(event?.eventName).toBe('added_to_cart');
    expect(event?.properties).toMatchObject({ quantity: 2 });
    expect(event?.batch.utk).toBe(utk);
  });
}

test('a worker without document or storage tracks', async ({ page, tracked }) => {
  const { site, collector } = tracked;
  site.files['/worker.js'] = await bundle('worker');
  await page.goto(tracked.url('/other'));
  const outcome = await page.evaluate(
    ([endpoint, visitor]) =>
      new Promise((resolve, reject) => {
        const worker = new Worker(`/worker.js?endpoint=${encodeURIComponent(endpoint)}`, {
          type: 'module',
        });
        worker.onmessage = ({ data }) => resolve(data);
        worker.onerror = (event) => reject(new Error(event.message));
        worker.postMessage({ visitor, quantity: 2 });
      }),
    [`${collector.origin}/v1/events`, utk] as const,
  );
  expect(outcome).toBe('accepted');
  const [event] = collector.arrivals;
  expect(event?.properties).toMatchObject({ quantity: 2 });
  expect(event?.batch.utk).toBe(utk);
});

test('where npm has made the tracker already, the script tag gives its global that one, and says so', async ({
  page,
  tracked,
}) => {
  const { site, collector } = tracked;
  const { outputFiles } = await build({
    stdin: {
      contents: `import { createTracker } from '@hubrelay/browser';
        window.ofNpm = createTracker({ endpoint: '${collector.origin}/v1/events' });`,
      resolveDir: pages,
    },
    bundle: true,
    write: false,
  });
  site.files['/npm.js'] = outputFiles[0]?.text ?? '';
  site.files['/both'] = `<!doctype html><title>Both</title>
    <script>document.cookie = 'hubspotutk=${utk}; path=/'; window.hubrelay = [['track', 'queued']];</script>
    <script src="/npm.js"></script><script src="${collector.origin}/hubrelay.js"></script>`;
  const told: string[] = [];
  page.on('console', (message) => told.push(message.text()));
  await page.goto(`${site.origin}/both`);
  expect(await page.evaluate(() => Reflect.get(window, 'ofNpm') === window.hubrelay)).toBe(true);
  await collector.waitFor(1);
  expect(told).toHaveLength(1);
  expect(told[0]).toMatch(
    /^hubrelay: hubrelay is there already https:.+troubleshooting\.md#console$/,
  );
});
