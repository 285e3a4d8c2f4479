import type { Place, ReadPeer } from '../http/peer.ts';

/** What Cloudflare's edge knows of a client. It sets the header itself and drops what a client sends under its name. */
export const cloudflarePeer: ReadPeer = (request) => {
  const address = request.headers.get('cf-connecting-ip');
  const place = placeOf((request as { cf?: unknown }).cf);
  return { ...(address && { address }), ...(place && { place }) };
};

/** `request.cf` is absent in local development, and parts of it for some addresses. */
function placeOf(cf: unknown): Place | undefined {
  if (typeof cf !== 'object' || cf === null) return undefined;
  const texts = Object.entries(cf).filter(
    (entry): entry is [string, string] =>
      ['city', 'region', 'country'].includes(entry[0]) && typeof entry[1] === 'string',
  );
  return Object.fromEntries(texts);
}
