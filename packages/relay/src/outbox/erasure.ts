import type { HubSpotEvent } from '../hubspot/event.ts';

/** The fields of an event by which HubSpot finds its contact. */
export const SUBJECT_FIELDS = ['utk', 'email', 'objectId'] as const;

export type SubjectField = (typeof SUBJECT_FIELDS)[number];

/** Whose events are to be erased. An event belongs to everyone whom one of its fields names. */
export interface ErasureKey {
  readonly field: SubjectField;
  /** Of an e-mail address upper and lower case are the same. */
  readonly value: string;
}

export function isAbout(
  event: Pick<HubSpotEvent, SubjectField>,
  { field, value }: ErasureKey,
): boolean {
  const own = event[field];
  return field === 'email' ? own?.toLowerCase() === value.toLowerCase() : own === value;
}

/** All that an erasure may ask for to find this event. */
export function erasureKeysOf(event: HubSpotEvent): ErasureKey[] {
  return SUBJECT_FIELDS.flatMap((field) => {
    const value = event[field];
    return value === undefined ? [] : [{ field, value }];
  });
}
