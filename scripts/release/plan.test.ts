import { expect, test } from 'vitest';
import { mismatches, publishOrder } from './plan.ts';

const cli = {
  name: 'hubrelay',
  version: '1.2.3',
  dependencies: { '@hubrelay/relay': '1.2.3', citty: '0.2.2' },
};
const relay = {
  name: '@hubrelay/relay',
  version: '1.2.3',
  dependencies: { '@hubrelay/protocol': '1.2.3' },
};
const protocol = { name: '@hubrelay/protocol', version: '1.2.3' };

test('a package is published after all that it needs', () => {
  const order = publishOrder([cli, relay, protocol]).map(({ name }) => name);
  expect(order).toEqual(['@hubrelay/protocol', '@hubrelay/relay', 'hubrelay']);
});

test('packages that depend on each other are an error that names them', () => {
  const circle = { ...protocol, dependencies: { hubrelay: '1.2.3' } };
  expect(() => publishOrder([cli, relay, circle])).toThrow(
    'hubrelay,@hubrelay/relay,@hubrelay/protocol',
  );
});

test('a tag has to be the version of every package, and of what they need of each other', () => {
  expect(mismatches('v1.2.3', [cli, relay, protocol])).toEqual([]);
  expect(mismatches('v1.2.4', [protocol])).toEqual([
    '@hubrelay/protocol has version 1.2.3, the tag says 1.2.4.',
  ]);
  const behind = { ...relay, dependencies: { '@hubrelay/protocol': '1.2.2' } };
  expect(mismatches('v1.2.3', [behind, protocol])).toEqual([
    '@hubrelay/relay needs @hubrelay/protocol 1.2.2, not 1.2.3.',
  ]);
  expect(mismatches('release-1', [protocol])).toEqual([
    'The tag "release-1" is not a version such as v1.2.3.',
  ]);
});
