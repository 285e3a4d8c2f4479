import { defineConfig } from 'playwright/test';
import { chromiumArgs } from './e2e/engines/chromium-args.ts';
import { howToInstall } from './scripts/ensure-browsers.ts';
import { findBrowser } from './scripts/find-browser.ts';

const chromium = findBrowser('chromium');
if (!chromium) throw new Error(howToInstall('chromium'));

export default defineConfig({
  testDir: 'e2e',
  outputDir: 'test-results/e2e',
  // More than there are CPUs: pages wait for timers and answers most of the time.
  workers: '150%',
  // A flaky test is a defect of the product or of the test; neither is hidden by another try.
  retries: 0,
  timeout: 180_000,
  expect: { timeout: 45_000 },
  forbidOnly: Boolean(process.env.CI),
  reporter: [['list'], ['json', { outputFile: 'test-results/playwright.json' }]],
  use: {
    screenshot: 'only-on-failure',
    launchOptions: { executablePath: chromium.executablePath, args: [...chromiumArgs] },
  },
  // The core delivery tests run in each engine; a spec named after Firefox or WebKit starts its browser itself.
  // Those first: a long file at the end would run alone.
  projects: [
    { name: 'webkit', testMatch: '*.webkit.spec.ts' },
    { name: 'firefox', testMatch: '*.firefox.spec.ts' },
    { name: 'chromium', testIgnore: ['*.firefox.spec.ts', '*.webkit.spec.ts'] },
  ],
});
