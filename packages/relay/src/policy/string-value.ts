import type { PropertyValue } from '@hubrelay/protocol';

/** A value on its way to HubSpot. `null` means "not set" and never comes here. */
export type SetValue = Exclude<PropertyValue, null>;

const LONG_VALUE_NAME = /url|referrer|link/;
const LONG_VALUE_CHARS = 1_024;
const VALUE_CHARS = 256;

/** Of one option: those of the few properties that take more are not known beforehand. */
export const MAX_OPTION_CHARS = VALUE_CHARS;

/** The most UTF-16 code units HubSpot takes in a value; it goes by the property's name. */
export function maxValueChars(propertyName: string): number {
  return LONG_VALUE_NAME.test(propertyName) ? LONG_VALUE_CHARS : VALUE_CHARS;
}

/** Cut to HubSpot's limit without splitting a code point, and with what no database takes replaced. */
export function fitString(value: string, propertyName: string): string {
  const max = maxValueChars(propertyName);
  const wellFormed = value.replace(UNSTORABLE, '\u{FFFD}');
  if (wellFormed.length <= max) return wellFormed;
  const splitsPair = isHighSurrogate(wellFormed.charCodeAt(max - 1));
  return wellFormed.slice(0, splitsPair ? max - 1 : max);
}

/** The string for a value whose declared type is unknown. Undefined when it means "not set". */
export function toStringValue(value: PropertyValue, propertyName: string): string | undefined {
  if (value === null) return undefined;
  // Several options of an enumeration are joined by semicolons.
  const text = Array.isArray(value) ? value.join(';') : String(value);
  return fitString(text, propertyName);
}

/** Half a character is not UTF-8; NUL is, but databases refuse it, and with it the whole event. */
const UNSTORABLE = /[\p{Surrogate}\0]/gu;

function isHighSurrogate(unit: number): boolean {
  return unit >= 0xd800 && unit <= 0xdbff;
}
