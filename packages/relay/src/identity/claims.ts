/** An e-mail address as far as it can be told without sending to it. */
const EMAIL = /^[^\s\p{C}@,;<>"]{1,64}@[^\s\p{C}@,;<>"]{1,190}\.[^\s\p{C}@,;<>".]{1,63}$/u;
const OBJECT_ID = /^[A-Za-z0-9_-]{1,64}$/;

/** HubSpot ignores the visitor when there is an e-mail address, also an unusable one, so such a one must not go on. */
export function isEmail(value: unknown): value is string {
  return typeof value === 'string' && EMAIL.test(value);
}

/** Many a backend writes the fields that it has nothing for, too. */
export function isGiven(value: unknown): boolean {
  return value !== undefined && value !== null && value !== '';
}

/** The ID of a record as text: backends have it as a number, too. */
export function toObjectId(value: unknown): string | undefined {
  const text = Number.isSafeInteger(value) && Number(value) >= 0 ? String(value) : value;
  return isObjectId(text) ? text : undefined;
}

/** The ID of a HubSpot record. */
export function isObjectId(value: unknown): value is string {
  return typeof value === 'string' && OBJECT_ID.test(value);
}
