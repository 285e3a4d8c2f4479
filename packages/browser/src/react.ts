'use client';

/**
 * The tracker for React components.
 * @module
 */
import { createContext, useContext } from 'react';
import { silentTracker } from './silent-tracker.ts';
import type { EventMap, Tracker } from './tracker.ts';

const TrackerContext = createContext<Tracker>(silentTracker);

/** `<TrackerProvider value={createTracker({ endpoint })}>` around the app. */
export const TrackerProvider = TrackerContext.Provider;

/** The tracker of the nearest `TrackerProvider`; without one, a tracker that does nothing. */
export function useTracker<Events = EventMap>(): Tracker<Events> {
  return useContext(TrackerContext) as Tracker<Events>;
}
