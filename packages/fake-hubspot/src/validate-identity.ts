import type { KnownEvent } from './event-definition.ts';
import type { Switches } from './switches.ts';
import type { Report, StringMap } from './validate-properties.ts';

export interface Identifiers {
  readonly utk: string | undefined;
  readonly email: string | undefined;
  readonly objectId: string | undefined;
}

/**
 * Checks that the event says whose it is. Priority when it says so more than once: the custom matching property,
 * `objectId`, `email`, `utk`; the last two name contacts only.
 */
export function validIdentifiers(
  item: Readonly<Record<string, unknown>>,
  properties: StringMap,
  known: KnownEvent | undefined,
  rules: { switches: Switches; isKnownUtk: (utk: string) => boolean },
  report: Report,
): Identifiers {
  const given: Identifiers = {
    utk: nonEmpty(item.utk),
    email: nonEmpty(item.email),
    objectId: nonEmpty(item.objectId),
  };
  const matching = known?.customMatchingProperty;
  const isMatched = matching !== undefined && Boolean(properties[matching]);
  const isContactEvent = !known || known.primaryObject === 'CONTACT';
  const mayNameContact = isContactEvent || rules.switches.contactForOtherRecord === 'accept';
  const names = mayNameContact ? [given.objectId, given.email, given.utk] : [given.objectId];
  if (!isMatched && names.every((name) => name === undefined)) {
    report(
      `One of ${isContactEvent ? 'utk, email, objectId' : 'objectId'} is required`,
      'MISSING_IDENTIFIER',
      'objectId',
    );
  }
  if (given.email !== undefined && !/^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(given.email)) {
    report('email is not a valid email address', 'INVALID_EMAIL', 'email');
  }
  if (given.utk !== undefined) checkUtk(given.utk, rules, report);
  return given;
}

function checkUtk(
  utk: string,
  { switches, isKnownUtk }: { switches: Switches; isKnownUtk: (utk: string) => boolean },
  report: Report,
): void {
  if (switches.utkFormat === 'hex32' && !/^[0-9a-f]{32}$/i.test(utk)) {
    report('utk is not a valid usertoken', 'INVALID_UTK', 'utk');
  } else if (switches.unknownUtk === 'reject' && !isKnownUtk(utk)) {
    report(`No contact has usertoken ${utk}`, 'CONTACT_NOT_FOUND', 'utk');
  }
}

export function isUuid(value: unknown): value is string {
  return (
    typeof value === 'string' &&
    /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i.test(value)
  );
}

function nonEmpty(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}
