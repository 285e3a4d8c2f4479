import type { KnownEvent } from './event-definition.ts';
import type { PropertyDefinition, PropertyType } from './property-definition.ts';
import type { Switches } from './switches.ts';

export type StringMap = Readonly<Record<string, string>>;

/** Notes one broken rule. */
export type Report = (message: string, code: string, field: string) => void;

const MAX_PROPERTIES = 50;
const namePattern = /^[a-z][a-z0-9_-]{0,49}$/;

/**
 * Checks the properties of one event and gives them as HubSpot keeps them: names in lower case, values as strings.
 * `known` is undefined when the event itself is unknown; then only the general limits hold.
 */
export function validProperties(
  given: Readonly<Record<string, unknown>>,
  known: KnownEvent | undefined,
  { switches }: { switches: Switches },
  report: Report,
): StringMap {
  const names = Object.keys(given);
  if (names.length > MAX_PROPERTIES) {
    report(
      `${names.length} properties exceed the limit of ${MAX_PROPERTIES}`,
      'TOO_MANY_PROPERTIES',
      'properties',
    );
  }
  const kept: Record<string, string> = {};
  // "HubSpot will sort in ascending lexicographical order and keep the last property seen": of `Plan` and `plan` the latter.
  for (const name of names.sort()) {
    const lowerCase = name.toLowerCase();
    if (!namePattern.test(lowerCase)) {
      // Left out also because `__proto__` is such a name.
      report(`"${name}" is not a valid property name`, 'INVALID_PROPERTY_NAME', name);
      continue;
    }
    const value = asString(given[name], switches);
    if (value === undefined) {
      report(`Property "${name}" is not a string`, 'INVALID_PROPERTY_VALUE', name);
      continue;
    }
    checkLength(lowerCase, value, report);
    checkDefinition(lowerCase, value, known, switches, report);
    kept[lowerCase] = value;
  }
  return kept;
}

/** 1,024 characters when the property's name speaks of an address, else 256. */
export function maxValueLength(propertyName: string): number {
  return /url|referrer|link/.test(propertyName) ? 1_024 : 256;
}

function asString(value: unknown, { propertyValue }: Switches): string | undefined {
  if (typeof value === 'string') return value;
  const isScalar = typeof value === 'number' || typeof value === 'boolean';
  return isScalar && propertyValue === 'scalar' ? String(value) : undefined;
}

function checkLength(name: string, value: string, report: Report): void {
  const limit = maxValueLength(name);
  if (value.length > limit) {
    report(
      `Property "${name}" has ${value.length} characters; the limit is ${limit}`,
      'PROPERTY_VALUE_TOO_LONG',
      name,
    );
  }
}

function checkDefinition(
  name: string,
  value: string,
  known: KnownEvent | undefined,
  switches: Switches,
  report: Report,
): void {
  if (!known) return;
  const definition = known.properties.get(name);
  if (!definition || definition.archived) {
    if (switches.undefinedProperty === 'reject') {
      report(`Property "${name}" does not exist`, 'PROPERTY_DOESNT_EXIST', name);
    }
    return;
  }
  if (switches.mistypedValue === 'reject' && value !== '' && !fits(value, definition)) {
    report(`${name} was not a valid ${definition.type}`, mistypedCodes[definition.type], name);
  }
}

const mistypedCodes: Readonly<Record<PropertyType, string>> = {
  string: 'INVALID_STRING',
  number: 'INVALID_INTEGER',
  enumeration: 'INVALID_OPTION',
  datetime: 'INVALID_DATE',
  date: 'INVALID_DATE',
  bool: 'INVALID_BOOLEAN',
};

function fits(value: string, { type, options }: PropertyDefinition): boolean {
  switch (type) {
    case 'string':
      return true;
    case 'number':
      return /^-?\d+(\.\d+)?$/.test(value);
    case 'bool':
      return value === 'true' || value === 'false';
    case 'enumeration':
      return (
        !options || value.split(';').every((one) => options.some((option) => option.value === one))
      );
    case 'date':
      return /^\d{4}-\d{2}-\d{2}$/.test(value) ? isMoment(value) : isMidnight(value);
    case 'datetime':
      return /^-?\d+$/.test(value) || isMoment(value);
  }
}

function isMoment(value: string): boolean {
  return /^\d{4}-\d{2}-\d{2}/.test(value) && !Number.isNaN(Date.parse(value));
}

function isMidnight(value: string): boolean {
  return /^-?\d+$/.test(value) && Number(value) % 86_400_000 === 0;
}
