import {
  isPropertyName,
  isPropertyValue,
  MAX_PROPERTIES_PER_EVENT,
  type Properties,
  type PropertyValue,
} from '@hubrelay/protocol';
import { scrubText } from '../observe/scrub.ts';
import type { HubSpotErrorDetail } from './hubspot-error.ts';

export interface ParsedProperties {
  readonly properties: Properties;
  readonly errors: readonly HubSpotErrorDetail[];
  readonly notes: readonly HubSpotErrorDetail[];
}

/** Without the prototype of Object, whose names are names of properties too. An empty list is what PHP makes of an empty map. */
export function parseProperties(input: unknown, at: string): ParsedProperties {
  const properties: Record<string, PropertyValue> = Object.create(null);
  const errors: HubSpotErrorDetail[] = [];
  const notes: HubSpotErrorDetail[] = [];
  const isEmptyList = Array.isArray(input) && input.length === 0;
  if (input === undefined || input === null || input === '' || isEmptyList) {
    return { properties, errors, notes };
  }
  if (typeof input !== 'object' || Array.isArray(input)) {
    return { properties, errors: [{ in: at, message: 'must be an object' }], notes };
  }
  for (const [given, value] of Object.entries(input)) {
    const name = given.toLowerCase();
    const where = `${at}.${scrubText(given).slice(0, 60)}`;
    if (!isPropertyName(name)) errors.push({ in: where, message: PROPERTY_NAME });
    else if (!isPropertyValue(value)) errors.push({ in: where, message: PROPERTY_VALUE });
    else {
      // HubSpot compares names in lower case; of two that differ in nothing else it keeps the last.
      if (name !== given) notes.push({ in: where, message: `was sent to HubSpot as "${name}"` });
      properties[name] = value;
    }
  }
  const count = Object.keys(properties).length;
  if (count > MAX_PROPERTIES_PER_EVENT) {
    errors.push({ in: at, message: `has ${count}; HubSpot takes ${MAX_PROPERTIES_PER_EVENT}` });
  }
  return { properties, errors, notes };
}

const PROPERTY_NAME =
  'is not a property name: a letter first, then at most 49 of a-z, 0-9, _ and -';
const PROPERTY_VALUE = 'must be a string, a finite number, a boolean, null or an array of strings';
