import { isUtk } from '@hubrelay/protocol';
import { isEmail, isObjectId } from '../identity/claims.ts';
import { type ErasureKey, SUBJECT_FIELDS, type SubjectField } from '../outbox/erasure.ts';
import type { Parsed } from './conditions.ts';

const EXPECTED: Record<SubjectField, string> = {
  utk: 'the value of the visitor’s hubspotutk cookie, 32 hex digits',
  email: 'an e-mail address',
  objectId: 'the ID of the HubSpot record',
};

const isValue: Record<SubjectField, (value: unknown) => value is string> = {
  utk: isUtk,
  email: isEmail,
  objectId: isObjectId,
};

/** @param body of `POST /admin/v1/forget`: one or more of `utk`, `email` and `objectId`, all of the same person */
export function parseErasure(body: unknown): Parsed<readonly ErasureKey[]> {
  const isRecord = typeof body === 'object' && body !== null && !Array.isArray(body);
  const given = isRecord ? Object.entries(body) : [];
  if (given.length === 0) {
    return { ok: false, problem: 'Name the person: give utk, email or objectId, or several.' };
  }
  const keys: ErasureKey[] = [];
  for (const [name, written] of given) {
    const field = SUBJECT_FIELDS.find((known) => known === name);
    if (!field) {
      return {
        ok: false,
        problem: `Give utk, email and objectId alone, not ${name.slice(0, 60)}.`,
      };
    }
    const value = field === 'objectId' && Number.isSafeInteger(written) ? String(written) : written;
    if (!isValue[field](value)) return { ok: false, problem: `${field}: give ${EXPECTED[field]}.` };
    keys.push({ field, value });
  }
  return { ok: true, value: keys };
}
