/** Resolves when somebody asks the process to stop: Ctrl-C, or a SIGTERM from what supervises it. */
export function stopSignal(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const)
      process.once(signal, () => resolve(signal));
  });
}
