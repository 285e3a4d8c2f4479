import { test as base, type Page } from 'playwright/test';
import { startTrackedSite, type TrackedSite } from './tracked-site.ts';

export { expect, type Page } from 'playwright/test';

declare global {
  interface Window {
    /** What `onDrop` was told, where a page's options collect it. */
    drops?: { reason: string; count?: number; index?: number; detail?: string }[];
  }
}

export interface Fixtures {
  /** A site with the tracker on it, and the collector that its events go to. Fresh for each test. */
  readonly tracked: TrackedSite;
  /** Errors that reached the page from any script, in any tab. A test may expect some and take them out. */
  readonly pageErrors: string[];
}

/** Playwright's test with a tracked site. It fails when the page sees an error: the tracker never throws into it. */
export const test = base.extend<Fixtures>({
  // biome-ignore lint/correctness/noEmptyPattern: Playwright reads a fixture's needs from this pattern.
  tracked: async ({}, use) => {
    const tracked = await startTrackedSite();
    await use(tracked);
    await tracked.close();
  },
  pageErrors: [
    async ({ context }, use) => {
      const errors: string[] = [];
      context.on('weberror', (error) => errors.push(String(error.error())));
      await use(errors);
      if (errors.length) throw new Error(`The page saw: ${errors.join('; ')}`);
    },
    { auto: true },
  ],
});

/** What a page asks of its tracker, from a test. */
export const inPage = {
  track: (page: Page, name: string, properties?: Record<string, unknown>) =>
    page.evaluate(
      ([eventName, values]) => {
        // Not awaited: a page does not wait, either.
        window.hubrelay.track(eventName, values as never);
      },
      [name, properties] as const,
    ),
  trackMany: (page: Page, count: number) =>
    page.evaluate((total) => {
      for (let index = 0; index < total; index++) window.hubrelay.track('signup', { index });
    }, count),
  /** What `track()` promises in the end. */
  outcome: (page: Page, name: string, properties?: Record<string, unknown>) =>
    page.evaluate(([eventName, values]) => window.hubrelay.track(eventName, values as never), [
      name,
      properties,
    ] as const),
  /** Resolves when everything that can be sent now has been answered. */
  flush: (page: Page) =>
    page.evaluate(async () => {
      await window.hubrelay.flush();
    }),
  /** Keys of the events that wait in localStorage. */
  stored: (page: Page) =>
    page.evaluate(() => Object.keys(localStorage).filter((key) => key.startsWith('hubrelay.'))),
};
