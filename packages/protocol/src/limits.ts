/**
 * The limits of the wire. Sender and relay share them, so that a sender never builds what the relay must refuse.
 * HubSpot's own limits (names, value lengths) are enforced by the relay: the page cannot know the account's rules.
 */

/** Largest request body in bytes. Browsers fail a `keepalive` fetch above 65,536 bytes in flight per page. */
export const MAX_BODY_BYTES = 65_536;

/** Most events in one request. */
export const MAX_EVENTS_PER_REQUEST = 100;

/** Most properties on one event: HubSpot refuses a 51st. */
export const MAX_PROPERTIES_PER_EVENT = 50;

/** Longest event name on the wire: `pe`, up to 20 digits of a Hub ID, `_`, and HubSpot's 50 characters. */
export const MAX_EVENT_NAME_LENGTH = 73;

/** Longest property name: HubSpot's limit for internal names. */
export const MAX_PROPERTY_NAME_LENGTH = 50;
