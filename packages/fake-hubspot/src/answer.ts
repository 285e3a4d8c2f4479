/** An answer before it is written to the wire. A string body is sent as HTML, an object as JSON, none as no content. */
export interface Answer {
  readonly status: number;
  readonly body?: Readonly<Record<string, unknown>> | string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Told to the developer in `requests()`; HubSpot itself does not tell the sender that much. */
  readonly notes?: readonly string[];
}

/** Writes an answer as HubSpot does: every one names its correlation id in a header, errors in JSON also in the body. */
export function toResponse(answer: Answer, correlationId: string): Response {
  const headers = new Headers(answer.headers);
  headers.set('x-hubspot-correlation-id', correlationId);
  const { body } = answer;
  if (body === undefined) return new Response(null, { status: answer.status, headers });
  const isHtml = typeof body === 'string';
  headers.set(
    'content-type',
    isHtml ? 'text/html; charset=UTF-8' : 'application/json;charset=utf-8',
  );
  return new Response(isHtml ? body : JSON.stringify(body), { status: answer.status, headers });
}
