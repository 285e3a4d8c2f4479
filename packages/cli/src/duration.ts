import { CommandError } from './cli-command.ts';

const UNITS: Readonly<Record<string, number>> = {
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

/**
 * Reads a duration such as `90s`, `15m`, `1h`, `2d`.
 * @param option that it was given with, for the message
 * @returns milliseconds
 * @throws CommandError
 */
export function durationOf(option: string, text: string): number {
  const [, count, unit = ''] = /^(\d{1,6})([smhd])$/.exec(text) ?? [];
  const unitMs = UNITS[unit];
  if (count === undefined || unitMs === undefined || Number(count) === 0) {
    throw new CommandError(
      `--${option} ${text} is not a duration: write a number and s, m, h or d, such as 15m.`,
    );
  }
  return Number(count) * unitMs;
}
