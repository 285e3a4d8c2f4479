import type { PageEvent } from './observation.ts';

/** The events of a body that a page sent. The relay decides what is valid; this shows what can be shown. */
export function pageEvents({ events }: Record<string, unknown>): PageEvent[] {
  return Array.isArray(events) ? events.flatMap(pageEvent) : [];
}

function pageEvent(input: unknown): PageEvent[] {
  const { uuid, eventName, occurredAt, properties } = record(input);
  if (typeof uuid !== 'string') return [];
  return [
    {
      uuid,
      eventName: String(eventName),
      properties: record(properties),
      occurredAt: typeof occurredAt === 'number' ? occurredAt : Date.now(),
    },
  ];
}

/** An empty one, when the text is not the JSON of an object. */
export function parsedRecord(text: string): Record<string, unknown> {
  try {
    return record(JSON.parse(text));
  } catch {
    return {};
  }
}

function record(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}
