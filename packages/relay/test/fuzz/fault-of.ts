import type { RawAnswer } from './raw-http.ts';

/** What is wrong with an answer to any client, whatever it was asked. Plain comparisons, because a run makes millions. */
export function faultOf(answer: RawAnswer, secrets: readonly string[]): string | undefined {
  const fault = leakOf(answer.text, secrets) ?? formFaultOf(answer);
  return fault && `${fault}: ${answer.text.slice(0, 600)}`;
}

/** Which of the secrets stands in a text, by its position in the list: its value must not be printed either. */
export function leakOf(text: string, secrets: readonly string[]): string | undefined {
  const leaked = secrets.findIndex((secret) => text.includes(secret));
  return leaked >= 0 ? `secret ${leaked} came out` : undefined;
}

function formFaultOf({ status, headers, body }: RawAnswer): string | undefined {
  if (status === 0) return 'closed without an answer';
  if (status < 200 || status >= 500) return `status ${status}`;
  if (status < 400) return undefined;
  const document = parse(body);
  if (!document) return 'an error that is no document';
  return headers['x-hubspot-correlation-id'] === undefined
    ? problemFaultOf(document, status, headers['content-type'])
    : hubSpotFaultOf(document);
}

type Document = Readonly<Record<string, unknown>>;

/** RFC 9457. */
function problemFaultOf(
  { type, title, status, code, detail }: Document,
  expected: number,
  mediaType: string | undefined,
): string | undefined {
  if (mediaType !== 'application/problem+json') return `an error as ${mediaType}`;
  const isExplained = String(type).endsWith(`/docs/troubleshooting.md#${code}`);
  const isWhole = isExplained && status === expected && isText(title) && isText(detail);
  return isWhole && /^[a-z_]+$/.test(String(code)) ? undefined : 'a problem that lacks something';
}

function hubSpotFaultOf({ status, message, category, correlationId }: Document) {
  const isWhole = status === 'error' && isText(message) && isText(correlationId);
  return isWhole && /^[A-Z_]+$/.test(String(category)) ? undefined : 'no error as HubSpot has them';
}

function isText(value: unknown): boolean {
  return typeof value === 'string' && value.trim() !== '';
}

function parse(body: string): Document | undefined {
  try {
    return JSON.parse(body) as Document;
  } catch {
    return undefined;
  }
}
