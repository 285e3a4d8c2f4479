import { isbot } from 'isbot';

/** By what it says of itself: keeps honest crawlers out of the statistics, and no one who lies. */
export function isBot(request: Request): boolean {
  return isbot(request.headers.get('user-agent'));
}
