/** Words that were quoted, in one line: in lines of its own they would look like the command's. */
export function oneLine(text: string): string {
  return text.replace(/\s*[\r\n]+\s*/g, ' ');
}
