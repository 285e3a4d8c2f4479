import { notFound } from './errors.ts';
import type { Handler } from './exchange.ts';
import type { Hub } from './hub.ts';
import type { Contact } from './options.ts';

/** The types of CRM records that have a path of their own. */
export const RECORD_TYPES: Readonly<Record<string, string>> = {
  contacts: 'CONTACT',
  companies: 'COMPANY',
  deals: 'DEAL',
  tickets: 'TICKET',
};

/** GET /crm/v3/objects/{type}/{id}; of contacts also by e-mail, with `idProperty=email`. */
export function getRecord(hub: Hub, type: string): Handler {
  return ({ call, correlationId }, { id = '' }) => {
    const wanted =
      type === 'contacts' && call.query.idProperty === 'email'
        ? hub.config.contacts.find(({ email }) => email?.toLowerCase() === id.toLowerCase())?.id
        : id;
    if (wanted === undefined || !hasRecord(hub, RECORD_TYPES[type] ?? type, wanted)) {
      return notFound(correlationId, 'resource not found');
    }
    return { status: 200, body: { id: wanted, properties: {}, archived: false } };
  };
}

/** GET /contacts/v1/contact/utk/{utk}/profile. */
export function getContactOfVisitor({ config }: Hub): Handler {
  return ({ correlationId }, { utk = '' }) => {
    const contact = contactOf(config.contacts, utk);
    return contact
      ? { status: 200, body: { vid: Number(contact.id), 'is-contact': true } }
      : notFound(correlationId, 'contact does not exist');
  };
}

export function contactOf(
  contacts: readonly Contact[],
  utk: string | undefined,
): Contact | undefined {
  return contacts.find((one) => one.utks?.some((own) => own.toLowerCase() === utk?.toLowerCase()));
}

export function hasRecord({ config }: Hub, objectType: string, id: string): boolean {
  const ids = objectType === 'CONTACT' ? config.contacts : config.records;
  return ids.some(
    (record) => record.id === id && (!('objectType' in record) || record.objectType === objectType),
  );
}
