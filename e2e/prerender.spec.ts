import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'playwright/test';
import { findBrowser } from '../scripts/find-browser.ts';
import { chromiumArgs } from './engines/chromium-args.ts';
import { startTrackedSite } from './tracked-site.ts';

// Without a debugger: Chromium prerenders nothing while one is attached. So the pages drive themselves.
test('a prerendered page tracks nothing, not even its view, until the visitor goes to it', async () => {
  const tracked = await startTrackedSite();
  const { collector, site } = tracked;
  const profile = await mkdtemp(join(tmpdir(), 'hubrelay-prerender-'));
  let browser: ChildProcess | undefined;
  try {
    tracked.page('/shown', {
      attributes: 'data-hubrelay-pageview-event="seen"',
      // What the page says of itself goes beside the tracker.
      before: `
        window.wasPrerendered = document.prerendering;
        addEventListener('load', () => { hubrelay.track('loaded', { early: window.wasPrerendered });
          setTimeout(() => fetch('${collector.origin}/ready' + (document.prerendering ? '-prerendered' : '-plainly'), { method: 'POST', body: '{}' }), 700); });`,
    });
    site.files['/start'] = `<!doctype html><title>Start</title>
      <script type="speculationrules">{"prerender":[{"source":"list","urls":["/shown"],"eagerness":"immediate"}]}</script>
      <script>fetch('${collector.origin}/started', { method: 'POST', body: '{}' });
        const go = () => fetch('/go').then((it) => it.ok ? (location.href = '/shown') : setTimeout(go, 100)); go();</script>`;
    browser = spawn(
      findBrowser('chromium')?.executablePath ?? '',
      [...chromiumArgs, '--headless=new', `--user-data-dir=${profile}`, `${site.origin}/start`],
      { stdio: 'ignore' },
    );
    const asked = (path: string) => collector.requests.some(({ url }) => url === path);
    await collector.waitUntil(() => asked('/ready-prerendered'), 'a prerendered page', 40_000);
    // More than the time after which a page sends what it has tracked.
    expect(collector.arrivals).toStrictEqual([]);
    const shownAt = Date.now();
    site.files['/go'] = 'yes';
    const arrived = await collector.waitFor(2);
    expect(arrived.map(({ eventName }) => eventName).sort()).toStrictEqual(['loaded', 'seen']);
    expect(arrived.find(({ eventName }) => eventName === 'loaded')?.properties?.early).toBe(true);
    for (const { occurredAt } of arrived) expect(occurredAt).toBeGreaterThanOrEqual(shownAt);
  } finally {
    browser?.kill('SIGKILL');
    await tracked.close();
    await rm(profile, { recursive: true, force: true, maxRetries: 5 });
  }
});
