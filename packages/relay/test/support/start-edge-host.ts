import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { EdgeRuntime, runServer } from 'edge-runtime';
import { build } from 'esbuild';
import { childEnv } from '../../../../scripts/child-env.ts';
import type { RunningHost } from '../hosts/host-contract.ts';
import { keptConsole } from './kept-console.ts';

const ROOT = join(import.meta.dirname, '../../../..');
const EXAMPLES = join(ROOT, 'examples');
const DENO = join(ROOT, 'node_modules/.bin/deno');

/** In the place of the example's own deno.json, which names what is published. */
const SOURCES = `data:application/json,${encodeURIComponent(
  JSON.stringify({
    imports: {
      '@hubrelay/relay/edge': import.meta.resolve('@hubrelay/relay/edge'),
      '@hubrelay/browser/bundle': import.meta.resolve('@hubrelay/browser/bundle'),
    },
  }),
)}`;

/** Runs a script in Deno: the runtime of Deno Deploy, Netlify's edge functions and Supabase's. */
export async function startInDeno(
  script: string,
  variables: Record<string, string>,
): Promise<RunningHost> {
  const child = spawn(
    DENO,
    [
      'run',
      '--allow-all',
      '--no-check',
      '--no-lock',
      '--conditions=hubrelay-source',
      `--import-map=${SOURCES}`,
      join(import.meta.dirname, 'run-example.ts'),
      join(ROOT, script),
    ],
    { env: { ...childEnv, DENO_SERVE_ADDRESS: 'tcp:127.0.0.1:0', ...variables } },
  );
  let text = '';
  const port = await new Promise<string>((resolve, reject) => {
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk;
        const found = /Listening on \S*?:(\d+)/.exec(text)?.[1];
        if (found) resolve(found);
      });
    }
    child.once('exit', (code) => reject(new Error(`exited with ${code}: ${text}`)));
  });
  return {
    url: `http://127.0.0.1:${port}`,
    output: () => text,
    async stop() {
      child.kill('SIGKILL');
      await once(child, 'close');
    },
  };
}

/** Runs the example of Vercel in the runtime of its edge functions. */
export async function startInEdgeRuntime(variables: Record<string, string>): Promise<RunningHost> {
  const { outputFiles } = await build({
    stdin: {
      contents: `
        import handler from './vercel/api/relay.ts';
        addEventListener('fetch', (event) => event.respondWith(handler(event.request)));`,
      resolveDir: EXAMPLES,
    },
    bundle: true,
    write: false,
    format: 'iife',
    conditions: ['hubrelay-source', 'edge-light', 'worker', 'browser'],
  });
  const { console, output } = keptConsole();
  const runtime = new EdgeRuntime({
    initialCode: outputFiles[0]?.text ?? '',
    extend: (context) => Object.assign(context, { console, process: { env: variables } }),
  });
  const server = await runServer({ runtime, host: '127.0.0.1' });
  return {
    url: server.url.replace(/\/$/, ''),
    output,
    stop: () => server.close(),
  };
}
