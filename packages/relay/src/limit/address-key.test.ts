import { expect, test } from 'vitest';
import { addressKey } from './address-key.ts';

test.each([
  ['203.0.113.7', '203.0.113.7'],
  ['8.8.8.8', '8.8.8.8'],
  ['::ffff:8.8.8.8', '8.8.8.8'],
  ['2606:4700:1:2:3:4:5:6', '2606470000010002/64'],
  ['2606:4700:1:2:ffff::1', '2606470000010002/64'],
  ['2606:4700:1:3::1', '2606470000010003/64'],
])('%s counts as %s', (address, key) => {
  expect(addressKey(address)).toBe(key);
});
