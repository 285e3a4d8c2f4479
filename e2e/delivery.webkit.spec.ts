import { testDelivery } from './test-delivery.ts';

// WebDriver ends WebKit's session, and with it the profile, when a page crashes.
testDelivery('webkit', { crashes: false });
