/** What happened, one line each, to look into a failure. */
export interface Trace {
  /** Building a line costs more than most steps: ask before. */
  readonly isOn: boolean;
  note(who: string, what: string): void;
  lines(): readonly string[];
}

export function createTrace(isOn: boolean, now: () => number): Trace {
  const lines: string[] = [];
  const startedAt = now();
  return {
    isOn,
    note(who, what) {
      if (isOn) lines.push(`${clockOf(now() - startedAt)} ${who.padEnd(10)} ${what}`);
    },
    lines: () => lines,
  };
}

/** `01:02:03.456` since the start. */
export function clockOf(ms: number): string {
  const two = (value: number) => String(Math.floor(value)).padStart(2, '0');
  const seconds = `${two((ms / 1000) % 60)}.${String(Math.floor(ms % 1000)).padStart(3, '0')}`;
  return `${two(ms / 3_600_000)}:${two((ms / 60_000) % 60)}:${seconds}`;
}
