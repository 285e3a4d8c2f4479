import { CODINGS, type Coding } from './accepted-coding.ts';
import type { RelayScript } from './relay-script.ts';

/** A script as it is sent. */
export interface ServedScript {
  readonly source: string;
  /** Subresource Integrity of `source`. */
  readonly integrity: string;
  readonly encoded: Readonly<Partial<Record<Coding, Uint8Array<ArrayBuffer>>>>;
}

/**
 * Makes a script ready to be served. One that `edit` leaves as it is goes out as the build compressed it; another is
 * hashed and compressed here, in the codings that the runtime knows.
 */
export async function servedScript(
  { source, integrity, encoded = {} }: RelayScript,
  edit: (source: string) => string = (text) => text,
): Promise<ServedScript> {
  const edited = edit(source);
  if (edited === source) {
    const parts = CODINGS.flatMap((coding) => {
      const base64 = encoded[coding];
      return base64 ? [[coding, fromBase64(base64)] as const] : [];
    });
    return { source, integrity, encoded: Object.fromEntries(parts) };
  }
  const parts = await Promise.all(
    CODINGS.map(async (coding) => [coding, await compress(edited, coding)] as const),
  );
  return {
    source: edited,
    integrity: await integrityOf(edited),
    encoded: Object.fromEntries(parts.filter(([, bytes]) => bytes !== undefined)),
  };
}

/** The part of a path that changes with every byte of the script. */
export function versionOf({ integrity }: ServedScript): string {
  return integrity
    .replace(/^sha\d+-/, '')
    .replace(/[^A-Za-z0-9]/g, '')
    .slice(0, 12);
}

const FORMATS: Record<Coding, string> = { br: 'brotli', gzip: 'gzip' };

/** Undefined where the runtime does not know the format: brotli is new to `CompressionStream`. */
async function compress(
  text: string,
  coding: Coding,
): Promise<Uint8Array<ArrayBuffer> | undefined> {
  let stream: CompressionStream;
  try {
    stream = new CompressionStream(FORMATS[coding] as CompressionFormat);
  } catch {
    return undefined;
  }
  const compressed = new Blob([text]).stream().pipeThrough(stream);
  return new Uint8Array(await new Response(compressed).arrayBuffer());
}

async function integrityOf(text: string): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-384', new TextEncoder().encode(text));
  return `sha384-${btoa(String.fromCharCode(...new Uint8Array(digest)))}`;
}

function fromBase64(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(text), (char) => char.charCodeAt(0));
}
