import type { Hono } from 'hono';
import { HTTPException } from 'hono/http-exception';
import { tryLater } from '../http/problem.ts';
import type { Logger } from '../observe/log.ts';

/** What the storage of dead letters throws is told like every other refusal. */
export function answerAdminErrors(admin: Hono, log: Logger): void {
  admin.onError((error) => {
    if (error instanceof HTTPException) return error.getResponse();
    log.error({ err: error }, 'the admin API failed');
    return tryLater(
      'overloaded',
      'The storage does not answer now; the log says why. Ask again later.',
      5_000,
      {},
    );
  });
}
