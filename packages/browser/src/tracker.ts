import type { Properties } from '@hubrelay/protocol';

/** Event names and the properties each takes. Generate it with `hubrelay pull`, or write it by hand. */
export type EventMap = Record<string, Properties | undefined>;

/** What a page holds to send its events. No method ever throws. */
export interface Tracker<Events = EventMap> {
  /** Takes an event and returns at once. */
  track<Name extends keyof Events & string>(eventName: Name, properties?: Events[Name]): void;
}
