import { type BuildOptions, build, type Metafile } from 'esbuild';
import { type Peer, peersFolder } from './peers.ts';

const settings = {
  bundle: true,
  minify: true,
  target: 'es2020',
  legalComments: 'none',
  define: { 'process.env.NODE_ENV': '"production"' },
  absWorkingDir: peersFolder,
  outdir: 'dist',
  write: false,
  metafile: true,
  logLevel: 'error',
} as const satisfies BuildOptions;

const use = (peer: Peer, code: string) => ({
  contents: `import { start, track } from './entries/${peer.name}.js';\n${code}`,
  resolveDir: peersFolder,
});

const oneEvent = "start('https://relay.example.com'); track('signup', { plan: 'pro' });";

/** What a page with one event loads, all in one script. */
export async function bundleOneEvent(peer: Peer): Promise<string> {
  const { outputFiles } = await build({
    ...settings,
    format: 'iife',
    stdin: use(peer, oneEvent),
  });
  return outputFiles[0]?.text ?? '';
}

/** The same as modules, without what the library loads later (if it splits): the first load only. */
export async function bundleFirstLoad(peer: Peer): Promise<string> {
  const { outputFiles, metafile } = await build({
    ...settings,
    format: 'esm',
    splitting: true,
    stdin: use(peer, oneEvent),
  });
  const first = staticallyImported(metafile);
  const loaded = outputFiles.filter(({ path }) => first.some((name) => path.endsWith(name)));
  return loaded.map(({ text }) => text).join('');
}

/** A script that puts `start` and `track` on `window.bench`. */
export async function bundleForPage(peer: Peer): Promise<string> {
  const { outputFiles } = await build({
    ...settings,
    format: 'iife',
    stdin: use(peer, 'window.bench = { start, track };'),
  });
  return outputFiles[0]?.text ?? '';
}

function staticallyImported({ outputs }: Metafile): string[] {
  const reached = Object.keys(outputs).filter((name) => outputs[name]?.entryPoint === '<stdin>');
  for (const name of reached) {
    for (const { path, kind } of outputs[name]?.imports ?? []) {
      if (kind === 'import-statement' && !reached.includes(path)) reached.push(path);
    }
  }
  return reached;
}
