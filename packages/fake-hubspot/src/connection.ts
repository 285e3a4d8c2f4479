import type { ConnectionFault } from './faults.ts';

/** What is done to the connection instead of sending the answer. */
export type Break = 'reset' | 'hang' | 'truncate';

/** Through plain `app.request()` there is no connection to break: the break is then named in this header. */
export const BREAK_HEADER = 'x-fake-hubspot-connection';

/** An answer that is to break off. Only `truncate` sends any of it. */
export function broken(kind: ConnectionFault, answer?: Response): Response {
  if (kind === 'truncate') return truncated(answer);
  const how: Break = kind === 'hang' || kind === 'hang-reply' ? 'hang' : 'reset';
  return new Response(null, { status: 599, headers: { [BREAK_HEADER]: how } });
}

export function breakOf(response: Response): Break | undefined {
  return (response.headers.get(BREAK_HEADER) as Break | null) ?? undefined;
}

/** 204 has no body that could break off, so it becomes a 200 with half of one. */
function truncated(answer: Response | undefined): Response {
  const isEmpty = !answer || answer.status === 204;
  const headers = new Headers(answer?.headers);
  headers.set(BREAK_HEADER, 'truncate');
  return isEmpty
    ? new Response('{"status":"COMPLETE","results":[]}', { status: 200, headers })
    : new Response(answer.body, { status: answer.status, headers });
}

/** The first half of an answer's bytes, and how many were promised. */
export async function firstHalf(
  response: Response,
): Promise<{ half: Uint8Array<ArrayBuffer>; fullBytes: number }> {
  const bytes = new Uint8Array(await response.arrayBuffer());
  return { half: bytes.slice(0, bytes.length >> 1), fullBytes: bytes.length };
}
