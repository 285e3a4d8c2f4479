/** A relay in a process of its own whose clock can be set: by CLOCK_OFFSET_MS at the start, by a message later. */
const realNow = Date.now;
let offsetMs = Number(process.env.CLOCK_OFFSET_MS ?? 0);
Date.now = () => realNow() + offsetMs;

process.on('message', (message: { readonly offsetMs: number }) => {
  offsetMs = message.offsetMs;
});
process.on('disconnect', () => process.exit());
// Or the open channel would keep the process from ending after SIGTERM.
process.channel?.unref();

const { runNodeRelay } = await import('@hubrelay/relay/node');
await runNodeRelay();
