import { MAX_PROPERTY_NAME_LENGTH } from './limits.ts';

const QUALIFIED = /^pe\d{1,20}_[a-z][a-z0-9_-]{0,49}$/;
const SHORT = /^[a-z][a-z0-9_-]{0,49}$/;
const PROPERTY = /^[a-z][a-z0-9_-]*$/;
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const UTK = /^[0-9a-f]{32}$/;

/**
 * `pe1234567_signup`: the form HubSpot's API takes. Hyphens are allowed because definitions made
 * before 2025 may have them.
 */
export function isQualifiedEventName(name: string): boolean {
  return QUALIFIED.test(name);
}

/** `signup`: the form people write; a relay that knows its Hub ID qualifies it. */
export function isShortEventName(name: string): boolean {
  return SHORT.test(name) && !QUALIFIED.test(name);
}

/** A property's internal name by HubSpot's rule: letter first, then lower-case letters, digits and `_`. */
export function isPropertyName(name: string): boolean {
  return name.length <= MAX_PROPERTY_NAME_LENGTH && PROPERTY.test(name);
}

/** RFC 9562 in its canonical lower-case form, any version. */
export function isUuid(value: unknown): value is string {
  return typeof value === 'string' && UUID.test(value);
}

/**
 * A UUID that cannot be guessed before it is used. HubSpot and the outbox take the first event with a uuid and no other, so a page
 * that could send derived ones (version 5, of an order's number) could use up those of your servers.
 */
export function isRandomUuid(value: unknown): value is string {
  return isUuid(value) && (value[14] === '4' || value[14] === '7');
}

/** The value of HubSpot's `hubspotutk` cookie: 32 hex digits, and not a UUID (it has no version digit). */
export function isUtk(value: unknown): value is string {
  return typeof value === 'string' && UTK.test(value);
}
