import { describe, expect, test } from 'vitest';
import { batch, event, relayThat } from '../../test/support/relay-that.ts';
import type { EventsLock } from '../policy/lock.ts';
import { lockPolicy } from '../policy/lock-policy.ts';
import { campaignOf } from './campaign.ts';

const url =
  'https://shop.example/landing?utm_source=news&utm_medium=e-mail&utm_campaign=fall%20sale&utm_term=a&utm_content=b#top';

test('a page’s URL says which campaign brought the visitor', () => {
  expect(campaignOf({ properties: { hs_page_url: url } })).toEqual({
    hs_utm_source: 'news',
    hs_utm_medium: 'e-mail',
    hs_utm_campaign: 'fall sale',
    hs_utm_term: 'a',
    hs_utm_content: 'b',
  });
});

test.each([
  ['no URL', undefined],
  ['no campaign', 'https://shop.example/?page=2'],
  ['empty values', 'https://shop.example/?utm_source=&utm_medium'],
  ['a campaign behind the hash', 'https://shop.example/#?utm_source=news'],
  ['what is no URL', ['utm_source=news']],
])('%s says none', (_, hs_page_url) => {
  expect(campaignOf({ properties: { ...(hs_page_url && { hs_page_url }) } })).toEqual({});
});

test('a value is cut to HubSpot’s limit, and a broken escape harms nothing', () => {
  const hs_page_url = `https://shop.example/?utm_term=${'x'.repeat(900)}&utm_source=%E0%A4%A`;
  const { hs_utm_term, hs_utm_source } = campaignOf({ properties: { hs_page_url } });
  expect(hs_utm_term).toHaveLength(256);
  expect(hs_utm_source).toContain('\u{FFFD}');
});

describe('HubSpot gets it', () => {
  const lock: EventsLock = {
    version: 1,
    hubId: '1234567',
    events: {
      signup: { fullyQualifiedName: 'pe1234567_signup', properties: {} },
      bare: { fullyQualifiedName: 'pe1234567_bare', withoutDefaults: true, properties: {} },
    },
  };

  test.each([
    ['without definitions', {}],
    ['with strict ones', { policy: lockPolicy(lock, { strict: true }) }],
  ])('%s, and what the page says itself wins', async (_, options) => {
    const { post, accepted } = relayThat(undefined, options);
    await post(batch(event({ properties: { hs_page_url: url, hs_utm_source: 'mine' } })));
    expect(accepted[0]?.properties).toMatchObject({ hs_utm_source: 'mine', hs_utm_term: 'a' });
  });

  test('only where the event’s definition has these properties', async () => {
    const { post, accepted } = relayThat(undefined, { policy: lockPolicy(lock) });
    await post(batch(event({ eventName: 'bare', properties: { hs_page_url: url } })));
    expect(accepted[0]?.properties).toEqual({});
  });
});
