/**
 * A visitor in the log: two lines with one mark are of one visitor, and it does not tell which. FNV-1a keeps 32 of a utk's 128
 * bits, so that countless tokens share each mark and none can be found by it.
 */
export function visitorMark(utk: string): string {
  let hash = 0x811c9dc5;
  for (const character of utk) {
    hash = Math.imul(hash ^ (character.codePointAt(0) ?? 0), 0x01000193);
  }
  return (hash >>> 0).toString(16).padStart(8, '0');
}
