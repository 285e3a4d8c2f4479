import type { EventDefinition, PropertyDefinition } from '@hubrelay/fake-hubspot';
import type { EventsLock, LockedEvent } from '@hubrelay/relay';

/** What the fake HubSpot must define to be the account that the lock is of. */
export function definitionsOf({ events }: EventsLock): EventDefinition[] {
  return Object.entries(events).map(([name, event]) => definitionOf(name, event));
}

function definitionOf(name: string, event: LockedEvent): EventDefinition {
  const { archived = false, withoutDefaults = false, matchedBy, properties } = event;
  return {
    name,
    archived,
    includeDefaultProperties: !withoutDefaults,
    ...(matchedBy !== undefined && { customMatchingProperty: matchedBy }),
    properties: Object.entries(properties)
      // The fake has HubSpot's own, with their options.
      .filter(([property]) => withoutDefaults || !property.startsWith('hs_'))
      .map(
        ([property, { type, options = [], archived = false }]): PropertyDefinition => ({
          name: property,
          type,
          archived,
          options: options.map((value) => ({ label: value, value })),
        }),
      ),
  };
}
