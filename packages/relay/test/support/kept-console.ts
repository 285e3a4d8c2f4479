/** A console that keeps what is written to it. */
export function keptConsole() {
  const lines: unknown[] = [];
  const write = (line: unknown) => void lines.push(line);
  return { console: { info: write, warn: write, error: write }, output: () => lines.join('\n') };
}
