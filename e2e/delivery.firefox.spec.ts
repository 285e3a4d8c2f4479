import { findBrowser } from '../scripts/find-browser.ts';
import { testDelivery } from './test-delivery.ts';

// Playwright's own build cannot crash a page; the system's Firefox has a process that can be killed.
testDelivery('firefox', { crashes: findBrowser('firefox')?.kind === 'system' });
