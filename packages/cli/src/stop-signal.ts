/** Resolves when the process is asked to stop: by Ctrl-C, or by a SIGTERM of its supervisor. */
export function stopSignal(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const)
      process.once(signal, () => resolve(signal));
  });
}
