import puppeteer, { type Browser } from 'puppeteer-core';
import { killRenderers, rendererPids } from './descendant-processes.ts';
import type { EngineBrowser, Tab } from './engine.ts';

/** The system's Firefox, headless, over WebDriver BiDi. */
export async function launchFirefoxBidi(executablePath: string): Promise<EngineBrowser> {
  const browser = await puppeteer.launch({
    browser: 'firefox',
    executablePath,
    headless: true,
    // No spare renderer: then each one that comes later runs a page of ours, and may be killed.
    extraPrefsFirefox: { 'dom.ipc.processPrelaunch.enabled': false },
  });
  const pid = browser.process()?.pid;
  if (!pid) throw new Error('Firefox has no process id');
  const own = rendererPids(pid);
  return {
    name: 'firefox',
    open: (url) => openTab(browser, url, () => killRenderers(pid, own)),
    close: () => browser.close(),
  };
}

async function openTab(browser: Browser, url: string, kill: () => void): Promise<Tab> {
  const page = await browser.newPage();
  await page.goto(url);
  return {
    goto: async (next) => void (await page.goto(next)),
    evaluate: (run, argument) => page.evaluate(run as never, argument as never) as never,
    close: () => page.close(),
    killRenderer: async () => kill(),
  };
}
