import { expect, test } from 'vitest';
import { bundleScript, sizesOf } from '../build.ts';

test('the script with every feature is at most 3,540 bytes by brotli', async () => {
  const { code } = await bundleScript();
  expect(sizesOf(code).brotli).toBeLessThanOrEqual(3540);
});
