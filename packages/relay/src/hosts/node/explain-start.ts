import { InvalidOptionsError } from '../../core/invalid-options-error.ts';
import { OutboxUnavailableError } from '../../outbox/outbox.ts';

/**
 * What the machine refuses at the start, as a sentence instead of a stack: that a port is taken, for instance.
 * @param portVariable which variable names the port that `start` listens on
 */
export async function explainStart<Started>(
  portVariable: 'PORT' | 'METRICS_PORT',
  start: () => Promise<Started>,
): Promise<Started> {
  try {
    return await start();
  } catch (error) {
    const problem = startProblem(portVariable, error);
    throw problem === undefined ? error : new InvalidOptionsError([problem], { cause: error });
  }
}

function startProblem(portVariable: string, error: unknown): string | undefined {
  if (error instanceof OutboxUnavailableError) return error.message;
  const { code, address, port } = error as { code?: string; address?: string; port?: number };
  switch (code) {
    case 'EADDRINUSE':
      return `${portVariable} ${port} is taken at ${address}: stop what listens there, or choose another port`;
    case 'EACCES':
      return `${portVariable} ${port} may not be opened by this user: choose one above 1023, and let a proxy listen on it`;
    case 'EADDRNOTAVAIL':
      return `HOST ${address} is not a local address. Use 127.0.0.1 behind a proxy, 0.0.0.0 for all interfaces`;
    case 'ENOTFOUND':
      return 'HOST cannot be resolved: use an address of this machine, such as 127.0.0.1';
    default:
      return undefined;
  }
}
