/** More than a page of 500 events of 60 KB, or of definitions. */
export const MOST_CHARS = 64 * 2 ** 20;

/** A body as text, and no more of it than `mostChars`: who answers may never end. */
export async function beginningOf({ body }: Response, mostChars = MOST_CHARS): Promise<string> {
  if (body === null) return '';
  const decoder = new TextDecoder();
  let text = '';
  for await (const chunk of body) {
    text += decoder.decode(chunk, { stream: true });
    if (text.length >= mostChars) break;
  }
  return text;
}
