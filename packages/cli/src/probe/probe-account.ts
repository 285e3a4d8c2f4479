import { randomBytes, randomUUID } from 'node:crypto';
import { CommandError } from '../cli-command.ts';
import type { Answer, Caller } from './caller.ts';

/** What a probe asks with: definitions of its own, and a visitor whose events they are. */
export interface ProbeAccount {
  readonly hubId: string;
  readonly version: string;
  /** Full names of the definitions that the probe made. */
  readonly contactEvent: string;
  readonly companyEvent: string;
  /** An existing contact's e-mail address, or else a visitor's token that HubSpot has never seen. */
  readonly identity: { readonly email: string } | { readonly utk: string };
  readonly call: Caller;
  /** An event that breaks no rule, with fields replaced. A field given as undefined is left out. */
  event(fields?: Readonly<Record<string, unknown>>): Record<string, unknown>;
  send(what: string, event: unknown): Promise<Answer>;
  sendBatch(what: string, events: readonly unknown[]): Promise<Answer>;
}

export interface AccountFacts {
  readonly hubId: string;
  /** `STANDARD`, `DEVELOPER_TEST`, `SANDBOX` …, or what HubSpot answered instead. */
  readonly type: string;
}

/** Whose token it is. Reads only. @throws CommandError */
export async function readAccount(call: Caller): Promise<AccountFacts> {
  const answer = await call({
    what: 'whose token it is',
    method: 'GET',
    path: '/account-info/v3/details',
  });
  if (answer.status === 401) {
    throw new CommandError(
      `HubSpot does not take HUBSPOT_PROBE_TOKEN (401): check that it was copied whole and is still valid. ${answer.said}`,
    );
  }
  const { portalId, accountType } = (answer.body ?? {}) as Record<string, unknown>;
  if (typeof portalId !== 'number') {
    throw new CommandError(
      `HubSpot does not say whose token it is (${answer.status}): ${answer.said}`,
    );
  }
  return { hubId: String(portalId), type: String(accountType ?? 'unknown') };
}

export const randomUtk = () => randomBytes(16).toString('hex');

/** Names of the definitions that a probe makes: they can never be used again, so each probe has its own. */
export function probeNames(hubId: string): {
  readonly contactEvent: string;
  readonly companyEvent: string;
} {
  const name = `hubrelay_probe_${randomBytes(5).toString('hex')}`;
  return { contactEvent: `pe${hubId}_${name}`, companyEvent: `pe${hubId}_${name}_company` };
}

export function createProbeAccount(
  call: Caller,
  { hubId, email, version }: { hubId: string; email: string | undefined; version: string },
): ProbeAccount {
  const { contactEvent, companyEvent } = probeNames(hubId);
  const identity = email === undefined ? { utk: randomUtk() } : { email };
  return {
    hubId,
    version,
    contactEvent,
    companyEvent,
    identity,
    call,
    event: (fields = {}) => ({
      uuid: randomUUID(),
      eventName: contactEvent,
      properties: { text: 'probe' },
      occurredAt: new Date().toISOString(),
      ...identity,
      ...fields,
    }),
    send: (what, event) =>
      call({ what, method: 'POST', path: `/events/${version}/send`, body: event }),
    sendBatch: (what, inputs) =>
      call({ what, method: 'POST', path: `/events/${version}/send/batch`, body: { inputs } }),
  };
}

const PROPERTIES = [
  { name: 'text', label: 'Text', type: 'string' },
  { name: 'number', label: 'Number', type: 'number' },
];

/** Makes the definitions. @returns which were made, for the clean-up */
export async function define(account: ProbeAccount): Promise<string[]> {
  const made: string[] = [];
  for (const [fullName, primaryObject] of [
    [account.contactEvent, 'CONTACT'],
    [account.companyEvent, 'COMPANY'],
  ] as const) {
    const name = shortName(fullName);
    const answer = await account.call({
      what: `a definition for ${primaryObject.toLowerCase()} events`,
      method: 'POST',
      path: `/events/${account.version}/event-definitions`,
      body: {
        label: name,
        name,
        description: 'Made by "hubrelay probe", which deletes it again.',
        primaryObject,
        includeDefaultProperties: true,
        propertyDefinitions: PROPERTIES,
      },
    });
    if (answer.status === 201) made.push(fullName);
  }
  return made;
}

/** A limit that the probe itself used up is over after ten seconds. */
const DELETE_TRIES = 6;
const DELETE_AGAIN_MS = 10_000;

/** Deletes what `define` made, and with it its events. @returns what is left behind */
export async function cleanUp(
  account: ProbeAccount,
  made: readonly string[],
  sleep: (ms: number) => Promise<void>,
): Promise<string[]> {
  const left: string[] = [];
  for (const fullName of made) {
    if (!(await isDeleted(account, fullName, sleep))) left.push(fullName);
  }
  return left;
}

async function isDeleted(
  { call, version }: ProbeAccount,
  fullName: string,
  sleep: (ms: number) => Promise<void>,
): Promise<boolean> {
  const path = `/events/${version}/event-definitions/${shortName(fullName)}`;
  for (let tries = 1; ; tries += 1) {
    const { status } = await call({ what: 'the definition is deleted', method: 'DELETE', path });
    // 404: an answer was lost on the way, and the try before deleted it.
    if (status === 204 || (status === 404 && tries > 1)) return true;
    const mayPass = status === 0 || status === 423 || status === 429 || status >= 500;
    if (!mayPass || tries === DELETE_TRIES) return false;
    await sleep(DELETE_AGAIN_MS);
  }
}

const shortName = (fullName: string) => fullName.replace(/^pe\d+_/, '');
