/**
 * The tracker for Vue components.
 * @module
 */
import { type App, type InjectionKey, inject } from 'vue';
import { silentTracker } from './silent-tracker.ts';
import type { EventMap, Tracker } from './tracker.ts';

const trackerKey: InjectionKey<Tracker> = Symbol('hubrelay');

/** `app.use(trackerPlugin, createTracker({ endpoint }))` gives every component of the app the tracker. */
export const trackerPlugin = {
  install(app: App, tracker: Tracker): void {
    app.provide(trackerKey, tracker);
  },
};

/** The tracker of the app; without one, a tracker that does nothing. */
export function useTracker<Events = EventMap>(): Tracker<Events> {
  return inject(trackerKey, silentTracker) as Tracker<Events>;
}
