import { expect, test } from 'vitest';
import { bundleImport, bundleScript, sizesOf } from '../build.ts';

const everything = `import { createTracker } from './index.js'; createTracker({ endpoint: '/v1/events' }).track('signup');`;
const least = `import { createCoreTracker } from './core.js'; createCoreTracker({ endpoint: '/v1/events' }).track('signup');`;

// Bytes by brotli -11, with what is used of js-cookie. Lower them when a change makes room; nothing may grow unnoticed.
test.each([
  ['the script for pages, with every feature', 4_813, () => bundleScript()],
  ['createTracker from npm, with every feature', 4_609, () => bundleImport(everything)],
  ['createCoreTracker from npm', 3_326, () => bundleImport(least)],
])('%s is at most %i bytes', async (_, budget, make) => {
  const { code } = await make();
  expect(sizesOf(code).brotli).toBeLessThanOrEqual(budget);
});

test('the script names its relay in one place, where the relay writes its own path', async () => {
  const { code } = await bundleScript();
  expect(code.match(/"v1\/events"/g)).toHaveLength(1);
});

test('what the core does not use stays out of it', async () => {
  const { code } = await bundleImport(least);
  for (const trace of [
    '_hsq',
    '_hsp',
    'hs_page_url',
    'data-hubrelay-',
    'pushState',
    'sameSite:"Lax"',
  ])
    expect(code).not.toContain(trace);
});
