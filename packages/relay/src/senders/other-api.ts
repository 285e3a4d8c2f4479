import { scrubText } from '../observe/scrub.ts';
import type { ResolvedRelayOptions } from '../receive/relay-options.ts';
import { renderSend } from './hubspot-error.ts';

/** The answer to a server that calls another API of HubSpot with its relay key; undefined for everyone else. */
export function otherApi(
  request: Request,
  { tally, noteRefusal }: ResolvedRelayOptions,
): Response | undefined {
  const authorization = request.headers.get('authorization') ?? '';
  if (!/^bearer +hrk_/i.test(authorization)) return undefined;
  tally('request_refused', 'other_api', 1);
  const path = scrubText(new URL(request.url).pathname).slice(0, 200);
  noteRefusal('a server called another API of HubSpot', 'other_api', { path });
  return renderSend({
    status: 404,
    category: 'OBJECT_NOT_FOUND',
    message:
      'The relay takes events only, at /events/v3/send and /events/v3/send/batch. Call the other APIs with a client of their own, which has HubSpot’s address and token.',
  });
}
