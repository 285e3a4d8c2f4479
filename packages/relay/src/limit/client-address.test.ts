import { expect, test } from 'vitest';
import { clientAddress } from './client-address.ts';

const SOCKET = '10.0.0.1';

test.each([
  ['no proxy is trusted, and the header is a lie', '1.1.1.1', 0, SOCKET],
  ['one proxy said who called it', '2.2.2.2', 1, '2.2.2.2'],
  ['the client put a lie before that', '1.1.1.1, 2.2.2.2', 1, '2.2.2.2'],
  ['two proxies', '1.1.1.1, 2.2.2.2, 3.3.3.3', 2, '2.2.2.2'],
  ['a port', '2.2.2.2:4711', 1, '2.2.2.2'],
  ['IPv6 with a port', '[2001:db8::1]:4711', 1, '2001:db8::1'],
  ['IPv6', '2001:db8::1', 1, '2001:db8::1'],
  ['fewer hops than proxies', '2.2.2.2', 2, SOCKET],
  ['no header', null, 1, SOCKET],
  ['an empty header', '', 1, SOCKET],
])('%s', (_, header, proxies, address) => {
  expect(clientAddress(SOCKET, header, proxies)).toBe(address);
});
