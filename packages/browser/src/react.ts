'use client';

/**
 * The tracker for React components.
 * @module
 */
import { createContext, createElement, type ReactNode, useContext, useState } from 'react';
import { createTracker, type TrackerOptions } from './create-tracker.ts';
import { silentTracker } from './silent-tracker.ts';
import type { EventMap, Tracker } from './tracker.ts';

const TrackerContext = createContext<Tracker>(silentTracker);

export interface TrackerProviderProps {
  /** What the tracker is made with, once. A server component can give what is no function. */
  readonly options?: TrackerOptions | undefined;
  /** A tracker of your own, in the place of options. */
  readonly value?: Tracker | undefined;
  readonly children?: ReactNode;
}

/** `<TrackerProvider options={{ endpoint }}>` around the app. */
export function TrackerProvider({ options, value, children }: TrackerProviderProps): ReactNode {
  const [made] = useState(() => options && createTracker(options));
  return createElement(
    TrackerContext.Provider,
    { value: value || made || silentTracker },
    children,
  );
}

/** The tracker of the nearest `TrackerProvider`; without one, a tracker that does nothing. */
export function useTracker<Events = EventMap>(): Tracker<Events> {
  return useContext(TrackerContext) as Tracker<Events>;
}
