import type { Context } from 'hono';

/** Undefined when the body is not JSON: the schemas then say what they want. */
export async function readJson(c: Context): Promise<unknown> {
  try {
    return await c.req.json();
  } catch {
    return undefined;
  }
}
