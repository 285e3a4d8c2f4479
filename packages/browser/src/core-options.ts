import type { WireEvent } from '@hubrelay/protocol';
import type { OnDrop } from './outcome.ts';
import type { PropertySource } from './plain-properties.ts';
import type { Consent } from './tracker.ts';

export interface CoreOptions {
  /** Where the relay listens, such as `https://relay.example.com/v1/events` or `/v1/events`. */
  endpoint: string;
  /**
   * Names the outbox in localStorage. Give each tracker of a site its own, of letters, digits, `-` and `_`.
   * @default 'hubrelay'
   */
  name?: string | undefined;
  /**
   * What the visitor allows before `consent()` is called.
   * @default 'granted'
   */
  consent?: Consent | undefined;
  /**
   * Whether Global Privacy Control counts as `denied`.
   * @default true
   */
  respectGpc?: boolean | undefined;
  /**
   * Whether HubSpot's cookie `__hs_do_not_track=yes` counts as `denied`.
   * @default true
   */
  respectDoNotTrack?: boolean | undefined;
  /** A JWT by which your backend vouches for the visitor. */
  identity?: string | undefined;
  /** Told when the relay finds the identity expired: get a fresh one and call `identify()` with it. Until then its events wait. */
  onIdentityExpired?: (() => void) | undefined;
  /** Properties for every event, or a function that gives them at each `track()`. The event's own win. */
  properties?: PropertySource | readonly PropertySource[];
  /** Gives HubSpot's visitor token, asked at each `track()` and before every request. The default reads HubSpot's cookies. */
  visitor?: (() => string | undefined) | undefined;
  /**
   * Gives the answer of a Turnstile or hCaptcha widget, asked before every request, for events that the relay protects:
   * `() => turnstile.getResponse()`.
   */
  challenge?: (() => string | undefined) | undefined;
  /** Returns the event, changed or not, to keep it. What throws or returns anything falsy drops it. */
  beforeSend?: ((event: WireEvent) => WireEvent | null | undefined) | undefined;
  /** Told of every event that will never arrive, and why. */
  onDrop?: OnDrop | undefined;
  /** Told of each step, for a person to read. */
  log?: ((step: string, detail?: unknown) => void) | undefined;
}
