import { type BrowserContext, chromium, firefox, type Page, webkit } from 'playwright';
import type { FoundBrowser } from '../../scripts/find-browser.ts';
import { chromiumArgs } from './chromium-args.ts';
import type { EngineBrowser, Tab } from './engine.ts';

const engines = { chromium, firefox, webkit };

/** Any Chromium, and Playwright's own builds of Firefox and WebKit. */
export async function launchPlaywright(found: FoundBrowser): Promise<EngineBrowser> {
  const { name, executablePath } = found;
  const args = name === 'chromium' ? [...chromiumArgs] : [];
  const browser = await engines[name].launch({ executablePath, args });
  const context = await browser.newContext();
  return {
    name,
    open: (url) => openTab(context, url, name === 'chromium'),
    close: () => browser.close(),
  };
}

async function openTab(context: BrowserContext, url: string, isChromium: boolean): Promise<Tab> {
  const page = await context.newPage();
  await page.goto(url);
  return {
    goto: async (next) => void (await page.goto(next)),
    evaluate: (run, argument) => page.evaluate(run as never, argument) as never,
    close: () => page.close(),
    // Playwright has no way to crash a page of its Firefox or WebKit.
    ...(isChromium ? { killRenderer: () => crash(page) } : {}),
  };
}

async function crash(page: Page): Promise<void> {
  const session = await page.context().newCDPSession(page);
  const crashed = page.waitForEvent('crash');
  // The renderer dies before it can answer this.
  session.send('Page.crash').catch(() => {});
  await crashed;
}
