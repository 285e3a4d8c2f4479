import {
  type EventsLock,
  isSendableOption,
  type LockedEvent,
  type LockedProperty,
  RELAY_PROPERTIES,
} from '@hubrelay/relay';

/**
 * TypeScript types of a lock, for `createTracker<HubSpotEvents>()`. What a page cannot send is not in them: archived
 * events and properties, sensitive properties, those that name a record, and those that the relay sets.
 */
export function formatTypes({ hubId, events }: EventsLock): string {
  const live = Object.entries(events).filter(([, event]) => !event.archived);
  const shared = sharedProperties(live.map(([, event]) => event));
  const declarations = [
    defaultsOf(shared),
    `/** The events of HubSpot account ${hubId}: \`createTracker<HubSpotEvents>({ endpoint })\`. */\n` +
      `export interface HubSpotEvents {\n${live.map((event) => eventLines(event, shared)).join('')}}\n`,
  ].filter((text) => text !== '');
  const needsChoice = declarations.some((text) => text.includes(': Choice<'));
  return [HEAD, ...(needsChoice ? [CHOICE] : []), ...declarations].join('\n');
}

const HEAD =
  "// Written by `hubrelay pull` from HubSpot's event definitions: change them there and pull again.\n";

const CHOICE =
  '/** One option, or several. */\ntype Choice<Option extends string> = Option | readonly Option[];\n';

type Properties = Readonly<Record<string, LockedProperty>>;

function defaultsOf(shared: Properties): string {
  const lines = Object.entries(shared).map(memberLine('  ')).join('');
  if (lines === '') return '';
  return `/** The properties that HubSpot itself defines on each of these events. */\nexport interface HubSpotDefaultProperties {\n${lines}}\n`;
}

function eventLines([name, event]: [string, LockedEvent], shared: Properties): string {
  const own = Object.entries(sendable(event)).filter(([other]) => !Object.hasOwn(shared, other));
  const base = Object.keys(shared).length > 0 ? 'HubSpotDefaultProperties & ' : '';
  const members = own.length > 0 ? `{\n${own.map(memberLine('    ')).join('')}  }` : '{}';
  return `  ${key(name)}: ${base}${members};\n`;
}

function sendable({ properties, matchedBy }: LockedEvent): Properties {
  // TypeScript takes `constructor` for that of Object, and no object would fit the type.
  const isUnfit = (name: string) =>
    name === matchedBy || name === 'constructor' || RELAY_PROPERTIES.has(name);
  return Object.fromEntries(
    Object.entries(properties).filter(
      ([name, { archived, sensitivity }]) => !archived && !sensitivity && !isUnfit(name),
    ),
  );
}

/** HubSpot's own properties, `hs_…`, as far as every event has them alike: said once instead of on each event. */
function sharedProperties(events: readonly LockedEvent[]): Properties {
  const [first, ...others] = events.map(sendable);
  if (!first) return {};
  return Object.fromEntries(
    Object.entries(first).filter(
      ([name, property]) =>
        name.startsWith('hs_') &&
        others.every((event) => JSON.stringify(event[name]) === JSON.stringify(property)),
    ),
  );
}

const memberLine =
  (indent: string) =>
  ([name, property]: [string, LockedProperty]): string =>
    `${indent}${key(name)}?: ${typeOf(property)} | null | undefined;\n`;

function typeOf({ type, options }: LockedProperty): string {
  switch (type) {
    case 'string':
      return 'string';
    case 'number':
      return 'number';
    case 'bool':
      return 'boolean';
    case 'date':
    case 'datetime':
      // ISO 8601, or epoch milliseconds.
      return 'string | number';
    case 'enumeration': {
      if (!options) return 'string | number | boolean | readonly string[]';
      const sendable = options.filter(isSendableOption);
      if (sendable.length === 0) return 'never';
      return [`Choice<${sendable.map(literal).join(' | ')}>`, ...plainValues(sendable)].join(' | ');
    }
  }
}

/** What a page may write instead of the text of an option: the relay makes the same text of it. */
function plainValues(options: readonly string[]): string[] {
  const numbers = options.filter((option) => String(Number(option)) === option && option !== 'NaN');
  const isBoolean = options.includes('true') && options.includes('false');
  return [...(isBoolean ? ['boolean'] : []), ...numbers.filter((text) => !/[iI]|e/.test(text))];
}

/** Names with a hyphen, which old definitions may have, need quotes. */
function key(name: string): string {
  return /^[a-z_]\w*$/i.test(name) ? name : literal(name);
}

function literal(text: string): string {
  const json = JSON.stringify(text);
  return text.includes("'") ? json : `'${json.slice(1, -1).replaceAll('\\"', '"')}'`;
}
