import type { EventDefinition } from './event-definition.ts';
import {
  type PropertyDefinition,
  type PropertyOption,
  type PropertyType,
  propertyTypes,
} from './property-definition.ts';

export interface DefinitionProblem {
  readonly message: string;
  readonly in?: string;
}

type Result<T> =
  | ({ readonly ok: true } & T)
  | { readonly ok: false; readonly problems: readonly DefinitionProblem[] };

const namePattern = /^[a-z][a-z0-9_]{0,49}$/;
const MAX_EVENT_LABEL = 100;

/** Reads the body of a create request. */
export function newEventDefinition(input: unknown): Result<{ definition: EventDefinition }> {
  if (!isWireRecord(input))
    return { ok: false, problems: [{ message: 'The body must be an object' }] };
  const { label, propertyDefinitions = [], includeDefaultProperties, primaryObject } = input;
  const problems: DefinitionProblem[] = [];
  if (typeof label !== 'string' || label === '' || label.length > MAX_EVENT_LABEL) {
    problems.push({ message: `label must have 1 to ${MAX_EVENT_LABEL} characters`, in: 'label' });
  }
  const name = typeof input.name === 'string' ? input.name : nameFrom(String(label));
  if (!namePattern.test(name)) problems.push({ message: badName(name), in: 'name' });

  const properties: PropertyDefinition[] = [];
  for (const item of Array.isArray(propertyDefinitions) ? propertyDefinitions : []) {
    const property = newProperty(item, 'propertyDefinitions');
    if (property.ok) properties.push(property.property);
    else problems.push(...property.problems);
  }
  if (problems.length > 0) return { ok: false, problems };
  const matching = matchingProperty(input.customMatchingId);
  return {
    ok: true,
    definition: {
      name,
      label: String(label),
      description: String(input.description ?? ''),
      properties,
      includeDefaultProperties: includeDefaultProperties !== false,
      primaryObject: typeof primaryObject === 'string' ? primaryObject.toUpperCase() : 'CONTACT',
      ...(matching !== undefined && { customMatchingProperty: matching }),
    },
  };
}

/** Reads one property of a create request. `field` names where it stood. */
export function newProperty(
  input: unknown,
  field: string,
): Result<{ property: PropertyDefinition }> {
  if (!isWireRecord(input))
    return { ok: false, problems: [{ message: 'must be an object', in: field }] };
  const { label, type, description = '', options } = input;
  const name = typeof input.name === 'string' ? input.name : nameFrom(String(label));
  const problems: DefinitionProblem[] = [];
  if (typeof label !== 'string' || label === '' || label.length > 50) {
    problems.push({ message: 'label must have 1 to 50 characters', in: `${field}.label` });
  }
  if (!namePattern.test(name)) problems.push({ message: badName(name), in: `${field}.name` });
  if (!propertyTypes.includes(type as PropertyType)) {
    problems.push({
      message: `type must be one of ${propertyTypes.join(', ')}`,
      in: `${field}.type`,
    });
  }
  if (type === 'enumeration' && (!Array.isArray(options) || options.length === 0)) {
    problems.push({ message: 'an enumeration needs options', in: `${field}.options` });
  }
  if (problems.length > 0) return { ok: false, problems };
  return {
    ok: true,
    property: {
      name,
      label: String(label),
      type: type as PropertyType,
      description: String(description),
      ...(Array.isArray(options) && { options: readOptions(options) }),
    },
  };
}

export function readOptions(options: readonly unknown[]): PropertyOption[] {
  return options.filter(isWireRecord).map((option, index) => ({
    label: String(option.label),
    value: String(option.value),
    description: String(option.description ?? ''),
    displayOrder: typeof option.displayOrder === 'number' ? option.displayOrder : index,
    hidden: option.hidden === true,
  }));
}

export function isWireRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function nameFrom(label: string): string {
  return label
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '_')
    .replaceAll(/^[^a-z]+|_+$/g, '');
}

function badName(name: string): string {
  return `"${name}" must start with a letter and contain only a-z, 0-9 and _, at most 50 characters`;
}

function matchingProperty(customMatchingId: unknown): string | undefined {
  const rule = isWireRecord(customMatchingId) ? customMatchingId.primaryObjectRule : undefined;
  return isWireRecord(rule) && typeof rule.eventPropertyName === 'string'
    ? rule.eventPropertyName
    : undefined;
}
