const told = new Set<string>();

/** Tells the owner of the page, once, what only they can put right. */
export function warn(problem: string, ...details: unknown[]): void {
  if (!told.has(problem)) console.warn(`hubrelay: ${problem}`, ...details);
  told.add(problem);
}
