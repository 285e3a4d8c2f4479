/** A body as text, and no more of it than `mostChars`: who answers may never end. */
export async function beginningOf({ body }: Response, mostChars: number): Promise<string> {
  if (body === null) return '';
  const decoder = new TextDecoder();
  let text = '';
  for await (const chunk of body) {
    text += decoder.decode(chunk, { stream: true });
    if (text.length >= mostChars) break;
  }
  return text;
}
