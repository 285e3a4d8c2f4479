import { mkdir, writeFile } from 'node:fs/promises';
import { cpus } from 'node:os';
import { fileURLToPath } from 'node:url';

const resultsFolder = fileURLToPath(new URL('../test-results/', import.meta.url));

export type Cell = string | number;

/** Prints a table, and writes the rows with the circumstances to `test-results/<bench>.json`. */
export async function report(
  bench: string,
  rows: readonly Readonly<Record<string, Cell>>[],
  circumstances: Readonly<Record<string, unknown>>,
): Promise<void> {
  console.log(formatTable(rows));
  const about = { ...circumstances, node: process.version, cpu: cpus()[0]?.model };
  console.log(`\n${JSON.stringify(about)}`);
  await mkdir(resultsFolder, { recursive: true });
  const text = JSON.stringify({ bench, ...about, rows }, null, 2);
  await writeFile(`${resultsFolder}${bench}.json`, `${text}\n`);
}

function formatTable(rows: readonly Readonly<Record<string, Cell>>[]): string {
  const columns = Object.keys(rows[0] ?? {});
  const lines = [columns, ...rows.map((row) => columns.map((column) => show(row[column])))];
  const widths = columns.map((_, i) => Math.max(...lines.map((line) => line[i]?.length ?? 0)));
  const isNumber = columns.map((column) => rows.every((row) => typeof row[column] === 'number'));
  const pad = (text: string, i: number) =>
    isNumber[i] ? text.padStart(widths[i] ?? 0) : text.padEnd(widths[i] ?? 0);
  return lines.map((line) => line.map(pad).join('  ').trimEnd()).join('\n');
}

function show(cell: Cell | undefined): string {
  return typeof cell === 'number' ? cell.toLocaleString('en-US') : (cell ?? '');
}
