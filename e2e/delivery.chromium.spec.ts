import { testDelivery } from './test-delivery.ts';

testDelivery('chromium', { crashes: true });
