/**
 * Many rows as one: SQLite gathers a column in a JSON array. `node:sqlite` makes an object of every row, which costs several
 * times as much time and memory.
 */
export function textColumns(row: unknown): Readonly<Record<string, string>> {
  return row as Record<string, string>;
}

export function numbers(column: string | undefined): number[] {
  return JSON.parse(column ?? '[]');
}

export function texts(column: string | undefined): string[] {
  return JSON.parse(column ?? '[]');
}
