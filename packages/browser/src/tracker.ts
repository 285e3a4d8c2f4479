import type { Outcome } from './outcome.ts';

/**
 * Event names and the properties each takes: `hubrelay pull` writes it from your HubSpot account. An interface will do, and
 * so will one for the properties.
 */
export type EventMap = Record<string, object>;

/** The arguments of `track()`: an event that has required properties cannot go without them. */
export type EventArguments<Events> = {
  [Name in keyof Events & string]: Record<never, never> extends Events[Name]
    ? [eventName: Name, properties?: Events[Name] | undefined]
    : [eventName: Name, properties: Events[Name]];
}[keyof Events & string];

/** What the visitor allows. While `pending`, events wait in memory: nothing is stored or sent. */
export type Consent = 'granted' | 'pending' | 'denied';

/** What a page holds to send its events. No method ever throws, and no promise ever rejects. */
export interface Tracker<Events = EventMap> {
  /**
   * Takes an event and returns at once. The promise tells what became of it; a page need not wait for it. It stays open when
   * the page ends or rests in the back/forward cache and another one of the site sends the event.
   */
  track(...event: EventArguments<Events>): Promise<Outcome>;
  /** Sets the JWT by which your backend vouches for the visitor, or, without one, forgets it. */
  identify(identity?: string): void;
  /** Follows the visitor's choice. `denied` empties the outbox, on disk, too. */
  consent(consent: Consent): void;
  /** Sends now what waits. Tells whether all of it was sent; what was not is sent later by itself. */
  flush(): Promise<boolean>;
  /** Drops what waits, and from now on tracks and sends nothing. */
  disable(): void;
  /**
   * Ends this tracker as the end of its page does: it sends what waits, leaves the rest to the next tracker of this name, and
   * tracks nothing from now on.
   */
  close(): void;
}
