import { setTimeout as delay } from 'node:timers/promises';
import { test } from 'playwright/test';
import type { BrowserName } from '../scripts/find-browser.ts';
import { deliveryScenarios } from './delivery-scenarios.ts';
import { type EngineBrowser, launchEngine, type Tab } from './engines/engine.ts';
import { ownerScenarios } from './owner-scenarios.ts';
import { pageScenarios } from './page-scenarios.ts';
import { startTrackedSite, type TrackedSite } from './tracked-site.ts';

export interface DeliveryTestOptions {
  /** Whether this engine can kill a page's process and go on: see `Tab.killRenderer`. */
  readonly crashes: boolean;
}

/** Declares the delivery tests for one engine: the same functions in each. */
export function testDelivery(name: BrowserName, { crashes }: DeliveryTestOptions): void {
  let browser: EngineBrowser;
  let tracked: TrackedSite;
  const tabs: Tab[] = [];

  test.beforeAll(async () => {
    browser = await launchEngine(name);
  });
  test.afterAll(() => browser?.close());
  test.beforeEach(async () => {
    tracked = await startTrackedSite();
    // With the cookies that the browser has.
    tracked.page('/as-before', { utk: null });
  });
  test.afterEach(async () => {
    // Some are closed or crashed already, and Chromium does not always close a tab in the middle of a navigation: the browser
    // is closed with all its tabs after the last test.
    for (const tab of tabs.splice(0))
      await Promise.race([tab.close().catch(() => {}), delay(1_000)]);
    await tracked.close();
  });

  const open = async (url: string) => {
    const tab = await browser.open(url);
    tabs.push(tab);
    return tab;
  };
  for (const scenario of [...deliveryScenarios, ...ownerScenarios, ...pageScenarios]) {
    if (scenario.crashes && !crashes) continue;
    test(scenario.title, () => scenario.run({ ...browser, open }, tracked));
  }
}
