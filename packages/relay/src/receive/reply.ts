import type { Issue, ProblemCode, Rejection } from '@hubrelay/protocol';
import { problem, type TemporaryCode, tryLater } from '../http/problem.ts';
import { scrubbedJson } from '../observe/scrub.ts';
import { noteHeaders } from './note-headers.ts';

/** Everything that a page can be told about its events. The promises are in docs/path-of-an-event.md. */
export type Reply = Taken | Noted | Partly | Refused | Later;

/** All of them are safe: on durable storage (202), or at HubSpot (204). */
export interface Taken {
  readonly kind: 'stored' | 'sent';
  /** What was changed or left out. */
  readonly notes: readonly Issue[];
}

/** There were no events in it, only a page's report. */
export interface Noted {
  readonly kind: 'noted';
}

/** Some can never be accepted; the others, if there are any, are safe. */
export interface Partly {
  readonly kind: 'partly';
  readonly accepted: number;
  readonly rejected: readonly Rejection[];
  readonly notes: readonly Issue[];
}

/** Nothing was accepted, and will not be until the cause is gone. */
export interface Refused {
  readonly kind: 'refused';
  readonly code: Exclude<ProblemCode, TemporaryCode>;
  /** What to do about it. */
  readonly detail: string;
  readonly issues?: readonly Issue[];
}

/** Nothing was accepted now: the page keeps its events and sends the same uuids again. */
export interface Later {
  readonly kind: 'later';
  readonly code: TemporaryCode;
  readonly detail: string;
  readonly retryAfterMs: number;
}

export function refused(code: Refused['code'], detail: string, issues?: readonly Issue[]): Refused {
  return issues ? { kind: 'refused', code, detail, issues } : { kind: 'refused', code, detail };
}

export function later(
  code: TemporaryCode,
  retryAfterMs: number,
  detail = 'Send the same events again later.',
): Later {
  return { kind: 'later', code, detail, retryAfterMs };
}

/** The only place where a reply becomes HTTP. @param cors what lets the page read it */
export function render(reply: Reply, cors: Record<string, string>): Response {
  switch (reply.kind) {
    case 'stored':
      return new Response(null, { status: 202, headers: { ...cors, ...noteHeaders(reply.notes) } });
    case 'sent':
      return new Response(null, { status: 204, headers: { ...cors, ...noteHeaders(reply.notes) } });
    case 'noted':
      return new Response(null, { status: 204, headers: cors });
    case 'partly': {
      const { accepted, rejected, notes } = reply;
      const headers = { ...cors, ...noteHeaders(notes), 'content-type': 'application/json' };
      return new Response(scrubbedJson({ accepted, rejected }), { headers });
    }
    case 'refused': {
      const { code, detail, issues } = reply;
      return problem(code, detail, issues ? { issues, headers: cors } : { headers: cors });
    }
    case 'later':
      return tryLater(reply.code, reply.detail, reply.retryAfterMs, cors);
  }
}
