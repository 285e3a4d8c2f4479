import { relay } from '../relay.ts';

export const maxDuration = 60;

/** Called every minute by the cron job of vercel.json; with CRON_SECRET set, Vercel sends it along. */
export async function GET(request: Request): Promise<Response> {
  const { CRON_SECRET } = process.env;
  const isCron = request.headers.get('authorization') === `Bearer ${CRON_SECRET}`;
  if (!CRON_SECRET || !isCron) return new Response('Set CRON_SECRET.', { status: 401 });
  return Response.json(await relay.deliver({ forMs: 50_000 }));
}
