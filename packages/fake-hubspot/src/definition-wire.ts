import type { KnownEvent } from './event-definition.ts';
import type { PropertyDefinition, PropertyType } from './property-definition.ts';

const objectTypeIds: Readonly<Record<string, string>> = {
  CONTACT: '0-1',
  COMPANY: '0-2',
  DEAL: '0-3',
  TICKET: '0-5',
};

const fieldTypes: Readonly<Record<PropertyType, string>> = {
  string: 'text',
  number: 'number',
  enumeration: 'select',
  datetime: 'date',
  date: 'date',
  bool: 'booleancheckbox',
};

/** `ExternalBehavioralEventTypeDefinition` of HubSpot's specification. */
export function toWireDefinition(
  event: KnownEvent,
  withProperties: boolean,
): Record<string, unknown> {
  const { id, name, label, description, archived, primaryObject, createdAt, updatedAt } = event;
  const properties = withProperties ? [...event.properties.values()] : [];
  return {
    id,
    name,
    fullyQualifiedName: event.fullyQualifiedName,
    labels: { singular: label, plural: label },
    description,
    archived,
    primaryObject,
    primaryObjectId: objectTypeIds[primaryObject] ?? primaryObject,
    objectTypeId: `6-${id}`,
    properties: properties.map((property) => toWireProperty(property, event)),
    associations: [],
    ...(event.customMatchingProperty !== undefined && {
      customMatchingId: {
        primaryObjectRule: {
          eventPropertyName: event.customMatchingProperty,
          targetObjectPropertyName: event.customMatchingProperty,
        },
      },
    }),
    trackingType: 'MANUAL',
    createdAt,
    updatedAt,
    createdUserId: 1,
    updatedUserId: 1,
  };
}

/** `Property` of HubSpot's specification, with its required fields and those that generators read. */
export function toWireProperty(
  property: PropertyDefinition,
  { createdAt, updatedAt }: Pick<KnownEvent, 'createdAt' | 'updatedAt'>,
): Record<string, unknown> {
  const { name, type, label = name, description = '', options = [] } = property;
  const { archived = false, hubspotDefined = false } = property;
  return {
    name,
    label,
    type,
    fieldType: fieldTypes[type],
    groupName: hubspotDefined ? 'conversioninformation' : 'event_information',
    description,
    options: options.map((option, index) => ({
      description: '',
      displayOrder: index,
      hidden: false,
      ...option,
    })),
    displayOrder: -1,
    archived,
    hidden: false,
    hubspotDefined,
    calculated: false,
    externalOptions: false,
    hasUniqueValue: false,
    formField: false,
    dataSensitivity: 'non_sensitive',
    createdAt,
    updatedAt,
  };
}
