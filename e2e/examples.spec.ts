import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'playwright/test';
import { build, createLogger, createServer, type Rollup } from 'vite';
import { type Stage, setVisitor, startStage, UTK } from './stage.ts';

const EXAMPLES = join(import.meta.dirname, '../examples');

let stage: Stage;
test.beforeAll(async () => {
  stage = await startStage('node');
});
test.afterAll(() => stage?.close());
test.beforeEach(async ({ context }) => {
  stage.hubspot.clear();
  await setVisitor(context, stage.site);
});

for (const name of ['vite-spa', 'react', 'vue']) {
  test(`the ${name} example, built with Vite, sends its click`, async ({ page }) => {
    await buildOnto(stage, name);
    await page.goto(stage.site);
    await page.getByRole('button', { name: 'Sign up' }).first().click();
    const [event] = await stage.hubspot.waitFor((events) => events.some(isSignup));
    expect(event).toMatchObject({
      utk: UTK,
      properties: { plan: expect.stringMatching(/free|pro/) },
    });
  });
}

test('the vite-spa example under development sends its click to the relay beside it', async ({
  page,
}) => {
  const said: string[] = [];
  const customLogger = { ...createLogger(), info: (line: string) => void said.push(line) };
  const server = await createServer({
    root: join(EXAMPLES, 'vite-spa'),
    customLogger,
    server: { port: 0 },
  });
  await server.listen();
  const [, inspector = ''] = /hubrelay inspector: (\S+)/.exec(said.join('\n')) ?? [];
  await page.goto(String(server.resolvedUrls?.local[0]));
  await page.getByRole('button', { name: 'Sign up' }).click();
  await expect(page.locator('output')).toHaveText('accepted');
  await page.goto(inspector);
  await expect(page.getByText('signup').first()).toBeVisible();
  await expect(page.getByText('Delivered').first()).toBeVisible();
  await page.goto('about:blank');
  await server.close();
});

test('the script-tag example sends its call, its page view and its click', async ({ page }) => {
  stage.hubspot.define({
    name: 'example_opened',
    label: 'Opened',
    properties: texts('from', 'site'),
  });
  stage.hubspot.define({ name: 'page_viewed', label: 'Viewed', properties: texts('site') });
  stage.hubspot.define({
    name: 'cta_clicked',
    label: 'Clicked',
    properties: texts('plan', 'site'),
  });
  stage.html = readFileSync(join(EXAMPLES, 'script-tag/index.html'), 'utf8');
  await page.goto(stage.site);
  await page.getByRole('button', { name: 'Try Pro' }).click();
  const events = await stage.hubspot.waitFor(3);
  const names = events.map((event) => event.eventName.replace(/^pe\d+_/, ''));
  expect(names.toSorted()).toStrictEqual(['cta_clicked', 'example_opened', 'page_viewed']);
});

const isSignup = ({ eventName }: { eventName: string }) => eventName.endsWith('_signup');

const texts = (...names: string[]) => names.map((name) => ({ name, type: 'string' as const }));

/** Puts an example on the stage's website, built as a user builds it but for the relay's address. */
async function buildOnto(onto: Stage, name: string): Promise<void> {
  const built = (await build({
    root: join(EXAMPLES, name),
    logLevel: 'error',
    define: { 'import.meta.env.VITE_RELAY': JSON.stringify(`${onto.relay}/v1/events`) },
    build: { write: false },
  })) as Rollup.RollupOutput;
  const text = (file: Rollup.OutputChunk | Rollup.OutputAsset) =>
    file.type === 'chunk' ? file.code : String(file.source);
  onto.html = built.output
    .filter((file) => file.fileName === 'index.html')
    .map(text)
    .join('');
  onto.scripts = Object.fromEntries(built.output.map((file) => [`/${file.fileName}`, text(file)]));
}
