import { relay } from '../relay.ts';

export const GET = relay.fetch;
export const POST = relay.fetch;
export const OPTIONS = relay.fetch;
