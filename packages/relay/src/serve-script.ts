import type { RelayScript } from './options.ts';

/** Where a script is served: the stable path for pages, and one that changes with every byte of it. */
export function versionedScriptPath(scriptPath: string, script: RelayScript): string {
  const version = script.integrity
    .replace(/^sha\d+-/, '')
    .replace(/[^A-Za-z0-9]/g, '')
    .slice(0, 12);
  return scriptPath.replace(/(\.js)?$/, `-${version}.js`);
}

/**
 * Answers with the bundle. CORS and CORP are open, because a page may only use `integrity` on a script of another
 * origin that allows it; the bundle is the same for all and holds no secret.
 * @param about the headers in which the two paths differ
 */
export function serveScript(
  request: Request,
  script: RelayScript,
  about: Readonly<Record<string, string>>,
): Response {
  const etag = `"${script.integrity}"`;
  const headers = {
    ...about,
    etag,
    'access-control-allow-origin': '*',
    'cross-origin-resource-policy': 'cross-origin',
    'x-content-type-options': 'nosniff',
  };
  const known = request.headers
    .get('if-none-match')
    ?.split(',')
    .map((tag) => tag.trim().replace(/^W\//, ''));
  if (known?.includes(etag) || known?.includes('*'))
    return new Response(null, { status: 304, headers });
  return new Response(script.source, {
    headers: { ...headers, 'content-type': 'text/javascript; charset=utf-8' },
  });
}
