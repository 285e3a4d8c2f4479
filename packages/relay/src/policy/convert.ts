import { toDate, toDatetime } from './date-value.ts';
import type { LockedProperty } from './lock.ts';
import { toNumber } from './number-value.ts';
import { fitString, MAX_OPTION_CHARS, maxValueChars, type SetValue } from './string-value.ts';

/** Gives what HubSpot takes for a value, or undefined when the value is not of the property's type. */
export type Convert = (value: SetValue) => string | undefined;

/** Goes by the declared type alone: what a value looks like never decides what it means. */
export function converterFor(name: string, property: LockedProperty): Convert {
  switch (property.type) {
    case 'string':
      return (value) => (isList(value) ? undefined : fitString(String(value), name));
    case 'number':
      return toNumber;
    case 'bool':
      return toBool;
    case 'enumeration':
      return enumeration(name, property.options);
    case 'date':
      return toDate;
    case 'datetime':
      return toDatetime;
  }
}

/** What a sender should send instead, for the message of a rejection. */
export function expectedValue(property: LockedProperty): string {
  switch (property.type) {
    case 'string':
      return 'a string';
    case 'number':
      return 'a finite number';
    case 'bool':
      return 'true or false';
    case 'enumeration':
      return property.options
        ? `one or several of ${property.options.slice(0, 20).join(', ')}`
        : 'one or several options';
    case 'date':
      return 'a day, such as 2026-01-31, or a moment of it as epoch milliseconds or ISO 8601';
    case 'datetime':
      return 'epoch milliseconds, ISO 8601 with its time zone, or a day';
  }
}

/** Python writes True, PHP and SQL 1. */
const BOOLEANS: ReadonlyMap<string, string> = new Map([
  ['true', 'true'],
  ['1', 'true'],
  ['false', 'false'],
  ['0', 'false'],
]);

function toBool(value: SetValue): string | undefined {
  return isList(value) ? undefined : BOOLEANS.get(String(value).toLowerCase());
}

/** HubSpot reads a semicolon as the end of an option, and takes no value that is empty or longer than its limit. */
export function isSendableOption(option: string): boolean {
  return option !== '' && !option.includes(';') && option.length <= MAX_OPTION_CHARS;
}

/** One value outside the options makes the whole property wrong: half a selection would say something else. */
function enumeration(name: string, options: readonly string[] | undefined): Convert {
  const known = options && new Set(options.filter(isSendableOption));
  const max = maxValueChars(name);
  return (value) => {
    const chosen = isList(value) ? value : String(value).split(';');
    const joined = chosen.join(';');
    const isOption = (text: string) => (known ? known.has(text) : text === fitString(text, name));
    const fits = joined !== '' && joined.length <= max;
    return fits && chosen.every((text) => text !== '' && isOption(text)) ? joined : undefined;
  };
}

function isList(value: SetValue): value is readonly string[] {
  return Array.isArray(value);
}
