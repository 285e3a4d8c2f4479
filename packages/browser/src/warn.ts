import { TROUBLESHOOTING } from '@hubrelay/protocol';

const told: Record<string, boolean> = {};

/** Tells the owner of the page, once, what only they can put right. */
export function warn(problem: string, ...details: unknown[]): void {
  if (!told[problem]) console.warn(`hubrelay: ${problem}`, ...details, `${TROUBLESHOOTING}console`);
  told[problem] = true;
}
