const YEAR_MS = 365 * 86_400_000;

/** "Must be unique within the event type … within a year": one lookup per event. */
export interface AcceptedUuids {
  /** When this uuid was accepted for this event within the last year, epoch milliseconds. */
  acceptedAt(eventName: string, uuid: string, now: number): number | undefined;
  accept(eventName: string, uuid: string, now: number): void;
  clear(): void;
}

export function createAcceptedUuids(): AcceptedUuids {
  const times = new Map<string, number>();
  const key = (eventName: string, uuid: string) => `${uuid} ${eventName}`;
  return {
    acceptedAt(eventName, uuid, now) {
      const time = times.get(key(eventName, uuid));
      return time !== undefined && now - time < YEAR_MS ? time : undefined;
    },
    accept(eventName, uuid, now) {
      times.set(key(eventName, uuid), now);
    },
    clear: () => times.clear(),
  };
}
