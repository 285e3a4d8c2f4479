// Deno takes its configuration from the folder of the script it is started with: not the example's, which names what is published.
await import(process.argv.at(-1) as string);

export {};
