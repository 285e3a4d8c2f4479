/** The types of HubSpot's event properties. The guides also list `bool` and `date`; the API creates the first four. */
export type PropertyType = 'string' | 'number' | 'enumeration' | 'datetime' | 'bool' | 'date';

export const propertyTypes: readonly PropertyType[] = [
  'string',
  'number',
  'enumeration',
  'datetime',
  'bool',
  'date',
];

export interface PropertyOption {
  readonly label: string;
  /** The internal value, which is what a sender sends. */
  readonly value: string;
  readonly description?: string;
  readonly displayOrder?: number;
  readonly hidden?: boolean;
}

/** One property of an event definition. */
export interface PropertyDefinition {
  readonly name: string;
  readonly type: PropertyType;
  /** @default the name */
  readonly label?: string;
  readonly description?: string;
  /** Of an enumeration. With no options any value is taken. */
  readonly options?: readonly PropertyOption[];
  /** @default false */
  readonly archived?: boolean;
  /** @default false; true for the 32 that HubSpot itself defines */
  readonly hubspotDefined?: boolean;
}
