import { expect, test } from 'vitest';
import { withEndpoint } from './with-endpoint.ts';

const source = 'e=new URL("v1/events",s.src).href;t("v1/events or more")';

test.each([
  ['/hubrelay.js', '/v1/events'],
  ['/hubrelay.js', '/e'],
  ['/static/js/t.js', '/v1/events'],
  ['/static/js/t.js', '/static/in'],
  ['/a/t.js', '/a/b/c'],
  ['/a/a/t.js', '/a'],
])('a script at %s sends to %s, under a prefix, too', (scriptPath, eventsPath) => {
  const [, way = ''] = /URL\("(.*?)"/.exec(withEndpoint(scriptPath, eventsPath)(source)) ?? [];
  for (const prefix of ['', '/relay']) {
    const url = new URL(way, `https://relay.example${prefix}${scriptPath}`);
    expect(url.pathname).toBe(prefix + eventsPath);
  }
});

test('with the usual paths the script stays as it was built, and its hash with it', () => {
  expect(withEndpoint('/hubrelay.js', '/v1/events')(source)).toBe(source);
});
