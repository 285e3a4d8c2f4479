import {
  type EventsLock,
  type LockedEvent,
  type LockedProperty,
  PROPERTY_TYPES,
  SENSITIVITIES,
} from '@hubrelay/relay';
import type { Definition, PropertyOfDefinition } from './definition.ts';

export type LockOf =
  | {
      readonly ok: true;
      readonly lock: EventsLock;
      /** What could not be taken over as it is, for the person at the terminal. */
      readonly notes: readonly string[];
    }
  | { readonly ok: false; readonly problem: string };

const NAME = /^[a-z][a-z0-9_-]{0,49}$/;
const QUALIFIED = /^pe(\d{1,20})_([a-z][a-z0-9_-]{0,49})$/;

/** Makes the lock of an account's definitions. The same definitions give the same lock, in whatever order they come. */
export function lockOf(definitions: readonly Definition[]): LockOf {
  const notes: string[] = [];
  const events: [string, LockedEvent][] = [];
  const hubIds = new Set<string>();
  for (const definition of definitions) {
    const [, hubId, name] = QUALIFIED.exec(definition.fullyQualifiedName) ?? [];
    if (hubId === undefined || name === undefined) {
      notes.push(
        `${definition.fullyQualifiedName} was left out: it is not a custom event of an account`,
      );
      continue;
    }
    hubIds.add(hubId);
    events.push([name, lockedEvent(definition, notes)]);
  }
  const [hubId, other] = hubIds;
  if (hubId === undefined) {
    return {
      ok: false,
      problem:
        'The account has no event definition yet: create one in HubSpot under Data Management, Event Definitions.',
    };
  }
  if (other !== undefined) {
    return { ok: false, problem: `The definitions are of two accounts, ${hubId} and ${other}.` };
  }
  return { ok: true, lock: { version: 1, hubId, events: sorted(events) }, notes };
}

function lockedEvent(definition: Definition, notes: string[]): LockedEvent {
  const { fullyQualifiedName, archived, properties } = definition;
  const locked: [string, LockedProperty][] = [];
  for (const property of properties) {
    if (NAME.test(property.name)) {
      locked.push([property.name, lockedProperty(property, fullyQualifiedName, notes)]);
    } else {
      notes.push(
        `${fullyQualifiedName}.${property.name} was left out: it is not a valid property name`,
      );
    }
  }
  // HubSpot compares names of properties in lower case.
  const matchedBy = definition.customMatchingId?.primaryObjectRule?.eventPropertyName
    ?.toLowerCase()
    .trim();
  return {
    fullyQualifiedName,
    ...(archived && { archived }),
    ...(!locked.some(([name]) => name.startsWith('hs_')) && { withoutDefaults: true }),
    ...(matchedBy !== undefined && NAME.test(matchedBy) && { matchedBy }),
    properties: sorted(locked),
  };
}

function lockedProperty(
  { name, type, options, archived, dataSensitivity }: PropertyOfDefinition,
  event: string,
  notes: string[],
): LockedProperty {
  const known =
    type === 'currency_number' ? 'number' : PROPERTY_TYPES.find((candidate) => candidate === type);
  if (!known) notes.push(`${event}.${name} has the type "${type}", which is treated as a string`);
  // A level that is not known yet is no reason to treat the property as harmless.
  const sensitivity =
    dataSensitivity === 'non_sensitive'
      ? undefined
      : (SENSITIVITIES.find((level) => level === dataSensitivity) ?? 'highly_sensitive');
  return {
    type: known ?? 'string',
    ...(known === 'enumeration' &&
      options.length > 0 && { options: options.map(({ value }) => value).sort() }),
    ...(archived && { archived }),
    ...(sensitivity && { sensitivity }),
  };
}

/** By code unit: the same on every machine, whatever its language. */
function sorted<Value>(entries: [string, Value][]): Record<string, Value> {
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
}
