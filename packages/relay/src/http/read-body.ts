import { isDeeperThan } from './json-depth.ts';

/** A batch has five levels. */
const MAX_DEPTH = 32;

/** Closed, so that it can be a label of a metric. */
export type UnreadableBody = 'body_too_large' | 'unsupported_media_type' | 'invalid_json';

/** A body that was read whole, or why not. */
export type BodyResult =
  | { readonly ok: true; readonly json: unknown }
  | {
      readonly ok: false;
      readonly code: UnreadableBody;
      readonly detail: string;
    };

/**
 * Reads a JSON body of at most `maxBytes`, counted in bytes as they arrive: neither `Content-Length` nor the string's
 * length is trusted. `text/plain` is what a page sends to spare itself a CORS preflight.
 */
export async function readJsonBody(request: Request, maxBytes: number): Promise<BodyResult> {
  const mediaType = (request.headers.get('content-type') ?? '')
    .split(';', 1)[0]
    ?.trim()
    .toLowerCase();
  if (mediaType !== 'text/plain' && mediaType !== 'application/json') {
    return refuse(
      'unsupported_media_type',
      'Send the JSON as text/plain (no CORS preflight) or application/json.',
    );
  }
  const encoding = request.headers.get('content-encoding');
  if (encoding && encoding.toLowerCase() !== 'identity') {
    return refuse(
      'unsupported_media_type',
      'Send the body uncompressed, without Content-Encoding.',
    );
  }

  const tooLarge = () => refuse('body_too_large', `Send at most ${maxBytes} bytes in one request.`);
  if (Number(request.headers.get('content-length')) > maxBytes) return tooLarge();
  const bytes = await readAtMost(request, maxBytes).catch(() => 'broken' as const);
  if (bytes === 'broken') return refuse('invalid_json', 'The body did not arrive whole.');
  if (!bytes) return tooLarge();

  if (isDeeperThan(bytes, MAX_DEPTH)) {
    return refuse('invalid_json', `The JSON is nested more than ${MAX_DEPTH} levels deep.`);
  }

  try {
    return { ok: true, json: JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes)) };
  } catch {
    return refuse('invalid_json', 'The body is not JSON in UTF-8.');
  }
}

function refuse(code: UnreadableBody, detail: string): BodyResult {
  return { ok: false, code, detail };
}

async function readAtMost(request: Request, maxBytes: number): Promise<Uint8Array | undefined> {
  if (!request.body) return new Uint8Array();
  const chunks: Uint8Array[] = [];
  let length = 0;
  const reader: ReadableStreamDefaultReader<Uint8Array> = request.body.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return concat(chunks, length);
    length += value.byteLength;
    if (length > maxBytes) {
      await reader.cancel();
      return undefined;
    }
    chunks.push(value);
  }
}

function concat(chunks: readonly Uint8Array[], length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  let offset = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, offset);
    offset += chunk.byteLength;
  }
  return bytes;
}
