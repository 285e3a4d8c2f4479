import type { EventsLock } from '@hubrelay/relay';

/** The lock as text: one line for each property, so that a change of a definition is one line of a diff. */
export function formatLock({ version, hubId, events }: EventsLock): string {
  const blocks = Object.entries(events).map(([name, { properties, ...event }]) => {
    const head = Object.entries(event).map(([key, value]) => `      ${member(key, value)},\n`);
    const lines = Object.entries(properties).map(
      ([property, locked]) => `        ${member(property, locked)}`,
    );
    const list = lines.length > 0 ? `{\n${lines.join(',\n')}\n      }` : '{}';
    return `    ${JSON.stringify(name)}: {\n${head.join('')}      "properties": ${list}\n    }`;
  });
  return `{\n  ${member('version', version)},\n  ${member('hubId', hubId)},\n  "events": {\n${blocks.join(',\n')}\n  }\n}\n`;
}

function member(key: string, value: unknown): string {
  return `${JSON.stringify(key)}: ${spaced(value)}`;
}

/** JSON on one line, with the spaces that people write. */
function spaced(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(spaced).join(', ')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const members = Object.entries(value).map(([key, inner]) => member(key, inner));
  return `{ ${members.join(', ')} }`;
}
