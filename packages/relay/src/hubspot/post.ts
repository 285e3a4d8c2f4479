import type { HubSpotAnswer } from './answer.ts';
import type { Authorization } from './authorization.ts';
import { createAuthorizer } from './authorizer.ts';
import { type CallTools, call } from './call.ts';
import type { Credential } from './credential.ts';
import type { EventJson } from './event.ts';
import { readAnswer } from './read-answer.ts';
import { redactText } from './redact-text.ts';
import { traceCall } from './trace-call.ts';

/** One POST of events to one address, with the credential. Never rejects. */
export type Post = (
  url: string,
  events: readonly EventJson[],
  deadlineAt: number,
) => Promise<HubSpotAnswer>;

/** Asks for a new token, once, when HubSpot refuses the one it was sent. */
export function createPost(credential: Credential, tools: CallTools): Post {
  const { clock } = tools;
  const authorizer = createAuthorizer(credential, tools);

  function postWith(authorization: Authorization, message: Message, deadlineAt: number) {
    const { url, headers } = prove(message.url, authorization);
    const secrets = authorizer.secrets();
    const redact = (text: string) => redactText(text, secrets);
    const read = (response: Response) => readAnswer(response, clock.now(), redact);
    const timeoutMs = Math.max(0, deadlineAt - clock.now());
    return traceCall(new URL(message.url).pathname, (traceHeaders) => {
      const request = { headers: { ...headers, ...traceHeaders }, body: message.body };
      return call<HubSpotAnswer>(url, request, read, { ...tools, timeoutMs }, secrets);
    });
  }

  return async (url, events, deadlineAt) => {
    const message = { url, body: bodyOf(events) };
    const first = await authorizer.authorize();
    if (!first.ok) return first.answer;
    const answer = await postWith(first.authorization, message, deadlineAt);
    if (!isUnauthorized(answer) || !(await authorizer.refused(first.authorization))) return answer;
    const second = await authorizer.authorize();
    return second.ok ? postWith(second.authorization, message, deadlineAt) : second.answer;
  };
}

interface Message {
  readonly url: string;
  readonly body: string;
}

/** Joined once: putting the ends on afterwards would copy all of it again. */
function bodyOf(events: readonly EventJson[]): string {
  const [first] = events;
  if (events.length === 1 && first !== undefined) return first;
  const listed = events.flatMap((json) => [',', json]).slice(1);
  return ['{"inputs":[', ...listed, ']}'].join('');
}

/** The only place where a secret of HubSpot's is revealed for a call that carries events. */
function prove(url: string, { place, name, prefix, secret }: Authorization) {
  const headers = {
    'content-type': 'application/json',
    accept: 'application/json',
    // Firewalls turn away who says nothing.
    'user-agent': 'hubrelay',
  };
  const value = prefix + secret.reveal();
  if (place === 'header') return { url, headers: { ...headers, [name]: value } };
  return { url: `${url}?${new URLSearchParams({ [name]: value })}`, headers };
}

function isUnauthorized(answer: HubSpotAnswer): boolean {
  return answer.kind === 'response' && answer.status === 401;
}
