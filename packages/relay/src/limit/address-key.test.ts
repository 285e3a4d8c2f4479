import { expect, test } from 'vitest';
import { addressKey } from './address-key.ts';

test.each([
  ['203.0.113.7', '203.0.113.7'],
  ['8.8.8.8', '8.8.8.8'],
  ['::ffff:8.8.8.8', '8.8.8.8'],
  ['2606:4700:1:2:3:4:5:6', '2606470000010002/64'],
  ['2606:4700:1:2:ffff::1', '2606470000010002/64'],
  ['2606:4700:1:3::1', '2606470000010003/64'],
  ['64:ff9b::8.8.8.8', '8.8.8.8'],
  ['64:ff9b::8.8.4.4', '8.8.4.4'],
  ['64:ff9b:1::8.8.8.8', '0064ff9b00010000/64'],
  ['::ffff:0:8.8.8.8', '8.8.8.8'],
  ['2002:808:808::1', '8.8.8.8'],
  ['2002:808:808:ffff::2', '8.8.8.8'],
  // Teredo: the client's address is inverted.
  ['2001:0:4136:e378:8000:63bf:f7f7:f7f7', '8.8.8.8'],
  ['2001:0:4136:e378:8000:63bf:f7f7:fbfb', '8.8.4.4'],
])('%s counts as %s', (address, key) => {
  expect(addressKey(address)).toBe(key);
});

test.each([
  undefined,
  'unknown',
  '10.1.2.3',
  '::1',
  'fd00::1',
  '100.64.0.1',
  '64:ff9b::10.1.2.3',
  '2002:a01:203::1',
])('%s is no client’s address', (address) => {
  expect(addressKey(address)).toBeUndefined();
});
