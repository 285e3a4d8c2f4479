import { createTracker } from '@hubrelay/browser';
import { expect, test } from 'vitest';
import type { HubSpotEvents } from '../../test/pull/events.d.ts';

// The compiler is the test: an `@ts-expect-error` above a line that compiles is an error of its own.
test('the pulled types take what HubSpot takes and refuse the rest', () => {
  const { track } = createTracker<HubSpotEvents>({ endpoint: '/v1/events' });

  track('old-style');
  track('signup', { plan: 'free', seats: 3, hs_page_url: '/' });
  track('signup', { plan: ['free', 'pro "max"'], seats: null });
  track('order_placed', { first_order: true, delivery_at: Date.now(), voucher: ['any'] });

  track('order_placed', { gift: true, size: 2, voucher: 7 });
  track('order_placed', { gift: 'true', size: ['1', '2'] });

  // @ts-expect-error no such number
  track('order_placed', { size: 3 });
  // @ts-expect-error the relay cannot send an option with a semicolon
  track('order_placed', { size: 's;m' });
  // @ts-expect-error HubSpot has no such event
  track('sign_up');
  // @ts-expect-error an archived event takes nothing more
  track('retired');
  // @ts-expect-error no such property
  track('signup', { plann: 'free' });
  // @ts-expect-error no such option
  track('signup', { plan: 'gold' });
  // @ts-expect-error no such option in a list
  track('signup', { plan: ['gold'] });
  // @ts-expect-error not a number
  track('signup', { seats: '3' });
  // @ts-expect-error not a boolean
  track('order_placed', { first_order: 'yes' });
  // @ts-expect-error an archived property
  track('signup', { legacy: 'x' });
  // @ts-expect-error a page must not set a sensitive property
  track('order_placed', { payer_iban: 'x' });
  // @ts-expect-error a page must not say whose event it is
  track('order_placed', { customer_number: '7' });
  // @ts-expect-error only the relay sets it
  track('signup', { hs_city: 'Graz' });

  expect(track).toBeTypeOf('function');
});
