import { acceptedCoding, CODINGS } from './accepted-coding.ts';
import type { RelayScript } from './relay-script.ts';
import { type ServedScript, servedScript, versionOf } from './served-script.ts';

/** The two paths of a script: a stable one for pages, and one that changes with every byte of it. */
export interface ScriptServer {
  /** In Hono's syntax. */
  readonly pinnedPaths: string;
  newest(request: Request): Promise<Response>;
  /** Undefined when the path is that of another version. */
  pinned(request: Request): Promise<Response | undefined>;
}

/** @param edit what the relay writes into the script before it is hashed and compressed */
export function scriptServer(
  script: RelayScript,
  scriptPath: string,
  edit?: (source: string) => string,
): ScriptServer {
  const stem = scriptPath.replace(/\.js$/, '');
  const [folder, name] = [stem.slice(0, stem.lastIndexOf('/') + 1), stem.split('/').at(-1) ?? ''];
  const pinnedPath = (served: ServedScript) => `${stem}-${versionOf(served)}.js`;

  let ready: ServedScript | undefined;
  // Not the promise is kept: on Workers it belongs to one request, which may end before it is settled.
  const prepared = async () => {
    ready ??= await servedScript(script, edit);
    return ready;
  };

  return {
    pinnedPaths: `${folder}:file{${name.replaceAll('.', '\\.')}-[A-Za-z0-9]+\\.js}`,

    async newest(request) {
      const served = await prepared();
      const cache = { 'cache-control': 'public, max-age=600' };
      return answer(request, served, { ...cache, 'content-location': pinnedPath(served) });
    },

    async pinned(request) {
      const served = await prepared();
      if (new URL(request.url).pathname !== pinnedPath(served)) return undefined;
      return answer(request, served, { 'cache-control': 'public, max-age=31536000, immutable' });
    },
  };
}

/**
 * Answers with the bundle. CORS and CORP are open, because a page may only use `integrity` on a script of another
 * origin that allows it; the bundle is the same for all and holds no secret.
 * @param about the headers in which the two paths differ
 */
function answer(
  request: Request,
  { source, integrity, encoded }: ServedScript,
  about: Readonly<Record<string, string>>,
): Response {
  const atHand = CODINGS.filter((coding) => encoded[coding]);
  const coding = acceptedCoding(request.headers.get('accept-encoding'), atHand);
  const headers = {
    ...about,
    // Without compression it is the hash for the page's `integrity`. Two codings may not share a strong tag.
    etag: etagOf(integrity, coding),
    vary: 'Accept-Encoding',
    'access-control-allow-origin': '*',
    'cross-origin-resource-policy': 'cross-origin',
    'x-content-type-options': 'nosniff',
  };
  const known = request.headers
    .get('if-none-match')
    ?.split(',')
    .map((tag) => tag.trim().replace(/^W\//, ''));
  const tags = [undefined, ...atHand].map((one) => etagOf(integrity, one));
  const current =
    known?.find((tag) => tags.includes(tag)) ?? (known?.includes('*') && headers.etag);
  if (current) return new Response(null, { status: 304, headers: { ...headers, etag: current } });

  const type = { 'content-type': 'text/javascript; charset=utf-8' };
  const bytes = coding && encoded[coding];
  if (!bytes) return new Response(source, { headers: { ...headers, ...type } });
  return new Response(bytes, {
    headers: { ...headers, ...type, 'content-encoding': coding },
    // workerd would compress what it takes for plain: https://developers.cloudflare.com/workers/runtime-apis/response/
    ...{ encodeBody: 'manual' },
  });
}

function etagOf(integrity: string, coding: string | undefined): string {
  return coding ? `"${integrity}-${coding}"` : `"${integrity}"`;
}
