/**
 * Text that visitors can influence, such as HubSpot's words about a value: an escape sequence in it would act on the owner's
 * terminal, and a mark for right-to-left text would make a line read as another.
 */
export function forTerminal(text: string): string {
  return text.replace(ACTS_ON_TERMINALS, escaped);
}

const ACTS_ON_TERMINALS = /(?!\n)[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu;

function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
