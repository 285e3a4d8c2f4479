import type { HubSpotEvent } from '../hubspot/event.ts';
import type { EventDefinitionFacts } from './definitions.ts';
import type { ReadBackClient } from './read-back-client.ts';
import type { Evidence } from './verdict.ts';

/** Asks HubSpot whether the record that an event names exists. Answers are remembered: visitors send several events. */
export interface Records {
  of(event: HubSpotEvent, definition: EventDefinitionFacts): Promise<Evidence['record']>;
}

type Found = 'yes' | 'no' | 'unreadable';

const PATHS: Readonly<Record<string, string>> = {
  CONTACT: 'contacts',
  COMPANY: 'companies',
  DEAL: 'deals',
  TICKET: 'tickets',
};

export function createRecords(client: ReadBackClient): Records {
  const known = new Map<string, Promise<Found>>();

  function exists(path: string, query: Readonly<Record<string, string>> = {}): Promise<Found> {
    const key = `${path} ${query.idProperty}`;
    const asked = known.get(key) ?? ask(path, query);
    known.set(key, asked);
    return asked;
  }

  async function ask(path: string, query: Readonly<Record<string, string>>): Promise<Found> {
    const answer = await client.get(path, query);
    if (answer.ok) return 'yes';
    return answer.status === 404 ? 'no' : 'unreadable';
  }

  const hasId = (type: string, id: string): Promise<Found> => {
    const path = PATHS[type];
    return path === undefined
      ? Promise.resolve('unreadable' as const)
      : exists(`/crm/v3/objects/${path}/${encodeURIComponent(id)}`);
  };

  /** By what names contacts only. */
  async function contactOf({ email, utk }: HubSpotEvent): Promise<Found> {
    const asked: Found[] = [];
    if (email !== undefined) {
      const path = `/crm/v3/objects/contacts/${encodeURIComponent(email)}`;
      asked.push(await exists(path, { idProperty: 'email' }));
    }
    if (utk !== undefined && !asked.includes('yes')) {
      asked.push(await exists(`/contacts/v1/contact/utk/${utk}/profile`));
    }
    if (asked.includes('yes')) return 'yes';
    return asked.length > 0 && asked.every((found) => found === 'no') ? 'no' : 'unreadable';
  }

  /** Whatever kind of record the event takes: without a contact a utk and an email name none. */
  async function withoutType(event: HubSpotEvent): Promise<Evidence['record']> {
    return (await contactOf(event)) === 'no' ? 'no_contact' : 'unreadable';
  }

  async function isOfAnotherType(type: string, id: string): Promise<boolean> {
    for (const other of Object.keys(PATHS)) {
      if (other !== type && (await hasId(other, id)) === 'yes') return true;
    }
    return false;
  }

  return {
    async of(event, { type, hasMatchingRule }) {
      if (hasMatchingRule) return 'unasked';
      const { objectId } = event;
      if (type === undefined) return objectId === undefined ? withoutType(event) : 'unreadable';
      if (objectId === undefined && type !== 'CONTACT') return 'other_type';
      const found = objectId === undefined ? await contactOf(event) : await hasId(type, objectId);
      if (found !== 'no') return found === 'yes' ? 'exists' : 'unreadable';
      if (objectId !== undefined && (await isOfAnotherType(type, objectId))) return 'other_type';
      return type === 'CONTACT' ? 'no_contact' : 'no_record';
    },
  };
}
