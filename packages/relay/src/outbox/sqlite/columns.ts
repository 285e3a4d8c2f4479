/**
 * Many rows as one: SQLite gathers a column in a JSON array. `node:sqlite` makes an object of every row, which costs several
 * times as much time and memory.
 */
export function textColumns(row: unknown): Readonly<Record<string, string>> {
  return row as Record<string, string>;
}

/** `outboxKey` in SQL, on the tables of pending events and of dead letters. */
export const KEY_OF_PENDING = keyOf("event ->> 'eventName'");
export const KEY_OF_DEAD = keyOf('event_name');

function keyOf(eventName: string): string {
  return `(uuid || ' ' || (${eventName}) || iif(sender = 'server', ' server', ''))`;
}

export function numbers(column: string | undefined): number[] {
  return JSON.parse(column ?? '[]');
}

export function texts(column: string | undefined): string[] {
  return JSON.parse(column ?? '[]');
}
