import { ask } from './read-answer.ts';

export interface PageOfSite {
  readonly url: string;
  readonly html: string;
  /** Of the header, and of `<meta>` elements. */
  readonly policies: readonly string[];
}

/** A page as it is served. What a tag manager adds later is not in it. */
export async function fetchPage(url: string): Promise<PageOfSite | Error> {
  const answer = await ask(url);
  if (answer instanceof Error) return answer;
  const { status, headers, text: html } = answer;
  if (status < 200 || status > 299) return new Error(`it answers ${status}`);
  const header = headers.get('content-security-policy');
  const metas = [...html.matchAll(/<meta[^>]+content-security-policy[^>]*>/gi)].flatMap(
    ([tag]) => /content="([^"]*)"/i.exec(tag)?.[1] ?? [],
  );
  // Several headers arrive as one, with commas between the policies.
  const policies = [...(header ?? '').split(','), ...metas].filter(
    (policy) => policy.trim() !== '',
  );
  return { url: answer.url, html, policies };
}
