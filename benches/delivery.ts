// Which events still arrive when a page is left, a tab dies, the server fails? Real Chromium, default settings:
//   npm run build && node benches/delivery.ts [--only name,name] [--scenario ABCDEFGH]
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { type Browser, chromium } from 'playwright';
import { chromiumArgs } from '../e2e/engines/chromium-args.ts';
import { startSite } from '../e2e/site.ts';
import { ensureBrowser } from '../scripts/ensure-browsers.ts';
import { bundleForPage } from './bundle-peer.ts';
import { type Scenario, scenarios } from './delivery-scenarios.ts';
import { openSubject } from './delivery-subject.ts';
import { floor, installPeers, type Peer, peers, us, versionOf } from './peers.ts';
import { report } from './report.ts';

const staggerMs = 1_000;

const { values } = parseArgs({
  options: { only: { type: 'string' }, scenario: { type: 'string', default: 'ABCDEFGH' } },
});
const names = values.only?.split(',');
// Counterscale has no events of one's own.
const all = [us, floor, ...peers.filter(({ name }) => name !== 'counterscale')];
const subjects = all.filter(({ name }) => !names || names.includes(name));
const wanted = scenarios.filter(({ letter }) => values.scenario.includes(letter));

if (subjects.some(({ npm }) => npm)) installPeers();
const browser = await chromium.launch({
  executablePath: ensureBrowser('chromium').executablePath,
  args: [...chromiumArgs, '--disable-blink-features=AutomationControlled'],
  // As in a visitor's browser, where a page that was left may live on for a while.
  ignoreDefaultArgs: ['--disable-back-forward-cache'],
});
const site = await startSite(await pages(subjects));
const rows = [];
for (const peer of subjects) {
  const row = await measure(browser, peer);
  console.error(JSON.stringify(row));
  rows.push(row);
}
await browser.close();
await site.close();

for (const { letter, title } of wanted) console.log(`${letter}  ${title}`);
console.log();
await report('delivery', rows, { chromium: browser.version() });

async function measure(browser: Browser, peer: Peer): Promise<Record<string, string>> {
  // Started one after the other, so that no crash or close waits for eight pages that load.
  const outcomes = await Promise.all(
    wanted.map(async (scenario, i) => {
      await delay(i * staggerMs);
      return runOne(browser, peer, scenario);
    }),
  );
  const cells = outcomes.map((outcome, i) => [wanted[i]?.letter, outcome]);
  return { name: peer.name, version: versionOf(peer), ...Object.fromEntries(cells) };
}

async function runOne(browser: Browser, peer: Peer, { run }: Scenario): Promise<string> {
  const subject = await openSubject(browser, peer, site.origin);
  try {
    return await run(subject, peer);
  } finally {
    await subject.close();
  }
}

async function pages(subjects: readonly Peer[]): Promise<Record<string, string>> {
  const files: Record<string, string> = { '/other': '<!doctype html><title>Other</title>' };
  for (const peer of subjects) {
    files[`/${peer.name}.js`] = await bundleForPage(peer);
    files[`/${peer.name}`] =
      `<!doctype html><title>${peer.name}</title><script src="/${peer.name}.js"></script>
       <script>bench.start(location.search.slice(1))</script>`;
  }
  return files;
}
