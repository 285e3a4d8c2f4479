import * as v from 'valibot';
import { schemaWords } from '../core/schema-words.ts';

/**
 * `events.lock.json`: what HubSpot's event definitions allowed when `hubrelay pull` last read them. It is committed, so
 * that a change of the definitions is a diff that is reviewed, and so that the running relay needs no token for them.
 */
export interface EventsLock {
  readonly version: 1;
  /** The account's number, `1234567`. */
  readonly hubId: string;
  /** By short name, `signup`. Look names up with `Object.hasOwn`: clients choose them. */
  readonly events: Readonly<Record<string, LockedEvent>>;
}

export interface LockedEvent {
  /** What HubSpot's send API takes: `pe1234567_signup`. */
  readonly fullyQualifiedName: string;
  /** Present and true when HubSpot takes no more of these. */
  readonly archived?: boolean;
  /**
   * Present and true when the definition was made without HubSpot's 32 default properties (`hs_page_url` and the like).
   * Otherwise they are known whether listed or not.
   */
  readonly withoutDefaults?: boolean;
  /** The property whose value names the record (HubSpot's `customMatchingId`): such an event needs no visitor. */
  readonly matchedBy?: string;
  /** By internal name. Look names up with `Object.hasOwn`. */
  readonly properties: Readonly<Record<string, LockedProperty>>;
}

export interface LockedProperty {
  readonly type: PropertyType;
  /** Internal values of an enumeration. Absent when HubSpot does not list them; any value may be right then. */
  readonly options?: readonly string[];
  readonly archived?: boolean;
  /** Absent for ordinary data. A page must not set sensitive properties. */
  readonly sensitivity?: Sensitivity;
}

/** HubSpot's property types. Values travel as strings whatever the type. */
export type PropertyType = (typeof PROPERTY_TYPES)[number];

export type Sensitivity = (typeof SENSITIVITIES)[number];

export const PROPERTY_TYPES = [
  'string',
  'number',
  'bool',
  'enumeration',
  'date',
  'datetime',
] as const;

export const SENSITIVITIES = ['sensitive', 'highly_sensitive'] as const;

export type ParsedLock =
  | { readonly ok: true; readonly lock: EventsLock }
  | { readonly ok: false; readonly issues: readonly LockIssue[] };

/** One thing wrong with a lock. */
export interface LockIssue {
  /** Where: `events.signup.properties.plan.type`; empty for the whole. */
  readonly path: string;
  /** Goes on where the path ends: `must be one of string, number`. */
  readonly message: string;
}

const property = v.pipe(
  v.strictObject({
    type: v.picklist(PROPERTY_TYPES, `must be one of ${PROPERTY_TYPES.join(', ')}`),
    options: v.exactOptional(v.array(v.string())),
    archived: v.exactOptional(v.boolean()),
    sensitivity: v.exactOptional(
      v.picklist(SENSITIVITIES, `must be one of ${SENSITIVITIES.join(', ')}`),
    ),
  }),
  v.check(
    ({ type, options }) => type === 'enumeration' || options === undefined,
    'has options, which only an enumeration has',
  ),
);

const NAME = '[a-z][a-z0-9_-]{0,49}$';
const NOT_A_NAME = 'is not a name that HubSpot gives';
const name = v.pipe(v.string(), v.regex(new RegExp(`^${NAME}`), NOT_A_NAME));

/** Before names on their way through `v.record`, which leaves out one that is `constructor`. */
const MARK = '$';
const markedName = v.pipe(v.string(), v.regex(new RegExp(`^\\${MARK}${NAME}`), NOT_A_NAME));

/** `v.record` takes an array for an empty record. */
function byName<const Value extends v.GenericSchema>(value: Value) {
  return v.pipe(
    v.unknown(),
    v.check((input) => !Array.isArray(input), 'must be an object: {…}'),
    v.transform((input) =>
      typeof input === 'object' && input !== null ? renamed(input, (key) => MARK + key) : input,
    ),
    v.record(markedName, value),
    v.transform((marked) => renamed(marked, (key) => key.slice(MARK.length))),
  );
}

function renamed<Value>(
  record: Readonly<Record<string, Value>> | object,
  rename: (key: string) => string,
): Record<string, Value> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [rename(key), value]));
}

const schema = v.pipe(
  v.strictObject({
    version: v.literal(1, 'must be 1'),
    hubId: v.pipe(v.string(), v.regex(/^\d{1,20}$/, 'must be the digits of a Hub ID')),
    events: byName(
      v.strictObject({
        fullyQualifiedName: v.string(),
        archived: v.exactOptional(v.boolean()),
        withoutDefaults: v.exactOptional(v.boolean()),
        matchedBy: v.exactOptional(name),
        properties: byName(property),
      }),
    ),
  }),
  // A name of another account would show on no timeline, and look delivered.
  v.rawCheck(({ dataset, addIssue }) => {
    if (dataset.issues) return;
    const { hubId, events } = dataset.value;
    for (const [short, event] of Object.entries(events)) {
      const expected = `pe${hubId}_${short}`;
      if (event.fullyQualifiedName !== expected) {
        const message = `must name "${short}" ${expected}, not ${event.fullyQualifiedName}`;
        addIssue({ message });
      }
    }
  }),
);

/** Turns the parsed JSON of a lock into a lock, or into everything that is wrong with it. Never throws. */
export function parseLock(input: unknown): ParsedLock {
  const result = v.safeParse(schema, input, { message: schemaWords });
  if (result.success) return { ok: true, lock: result.output };
  return {
    ok: false,
    issues: result.issues.map((issue) => ({
      path: (v.getDotPath(issue) ?? '').replaceAll(MARK, ''),
      message: issue.message,
    })),
  };
}
