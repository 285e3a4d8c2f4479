/** The demo from the sources. The relay serves the browser bundle, which is built first: it takes milliseconds. */
import { buildScript } from '../packages/browser/build.ts';

await buildScript();
process.argv.splice(2, 0, 'demo');
await import('../packages/cli/src/main.ts');
