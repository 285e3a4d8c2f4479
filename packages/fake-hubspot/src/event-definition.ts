import { defaultProperties } from './default-properties.ts';
import type { PropertyDefinition } from './property-definition.ts';

/** How a test or the demo declares an event of its hub. */
export interface EventDefinition {
  /** The part after `pe{HubID}_`: lower-case letters, digits, underscores; a letter first; at most 50 characters. */
  readonly name: string;
  /** @default the name */
  readonly label?: string;
  readonly description?: string;
  /** Beside the 32 default ones. @default [] */
  readonly properties?: readonly PropertyDefinition[];
  /** @default true */
  readonly includeDefaultProperties?: boolean;
  /** What kind of record the event belongs to. Only CONTACT events may be sent with `email` or `utk`. @default 'CONTACT' */
  readonly primaryObject?: string;
  /** For a definition with a custom matching rule: the property that names the record, by the record's property of the same name. */
  readonly customMatchingProperty?: string;
  /** @default false */
  readonly archived?: boolean;
}

/** A definition as the fake holds it: everything decided, properties by name. */
export interface KnownEvent {
  readonly id: string;
  readonly name: string;
  readonly fullyQualifiedName: string;
  readonly primaryObject: string;
  readonly customMatchingProperty: string | undefined;
  readonly properties: Map<string, PropertyDefinition>;
  readonly createdAt: string;
  label: string;
  description: string;
  archived: boolean;
  updatedAt: string;
}

/** `pe{HubID}_{name}`, which is what the send API wants. */
export function fullyQualifiedName(hubId: string, name: string): string {
  return `pe${hubId}_${name}`;
}

/** Fills in what a declaration leaves out. */
export function knownEvent(
  definition: EventDefinition,
  hub: { hubId: string; id: string; createdAt: string },
): KnownEvent {
  const {
    name,
    label = name,
    description = '',
    properties = [],
    includeDefaultProperties = true,
    primaryObject = 'CONTACT',
    customMatchingProperty,
    archived = false,
  } = definition;
  const all = includeDefaultProperties ? [...defaultProperties, ...properties] : properties;
  return {
    id: hub.id,
    name,
    fullyQualifiedName: fullyQualifiedName(hub.hubId, name),
    label,
    description,
    primaryObject,
    customMatchingProperty,
    archived,
    properties: new Map(all.map((property) => [property.name, property])),
    createdAt: hub.createdAt,
    updatedAt: hub.createdAt,
  };
}
