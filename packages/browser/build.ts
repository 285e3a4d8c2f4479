import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import { type BuildOptions, build, type Plugin } from 'esbuild';
import { type CompressOptions, type MinifyOptions, minify } from 'terser';

const folder = fileURLToPath(new URL('.', import.meta.url));

/** A minified bundle, in memory. */
export interface Bundle {
  readonly code: string;
  readonly map: string;
}

/** Bytes as they are, by gzip -9 and by brotli -11. */
export interface Sizes {
  readonly raw: number;
  readonly gzip: number;
  readonly brotli: number;
}

/** Bundles one entry the way `dist/hubrelay.js` is bundled; `options` are esbuild's. */
export async function bundle(options: BuildOptions): Promise<Bundle> {
  const { outputFiles } = await build({
    bundle: true,
    minify: true,
    format: 'iife',
    target: 'es2021',
    conditions: ['hubrelay-source'],
    sourcemap: 'external',
    legalComments: 'none',
    absWorkingDir: folder,
    outfile: 'dist/hubrelay.js',
    write: false,
    ...options,
  });
  const text = (end: string) => outputFiles?.find((file) => file.path.endsWith(end))?.text ?? '';
  return { code: text('.js'), map: text('.map') };
}

/** Properties whose names begin with `_` are seen by no page, and get shorter names; these are HubSpot's and Angular's. */
const MANGLED = /^_/;
const NOT_MANGLED = /^_(hsq|hsp|_zone_symbol__setTimeout)$/;

/** Makes a script or a module smaller by another 6 %. */
async function shrink({ code, map }: Bundle, options: MinifyOptions = {}): Promise<Bundle> {
  const result = await minify(code, {
    ecma: 2020,
    toplevel: true,
    ...options,
    compress: {
      ecma: 2020,
      passes: 5,
      hoist_vars: true,
      unsafe_comps: true,
      unsafe: true,
      unsafe_arrows: true,
      unsafe_methods: true,
      keep_fargs: false,
      sequences: false,
      pure_getters: true,
      ...(options.compress as CompressOptions),
    },
    sourceMap: { content: map, asObject: false, includeSources: true },
  });
  return { code: result.code ?? '', map: String(result.map) };
}

/** The bundle for `<script src>`, with every feature. `options` are esbuild's; `plugins` come on top. */
export async function bundleScript(
  options: BuildOptions = {},
  plugins: Plugin[] = [],
): Promise<Bundle> {
  const script = await bundle({
    entryPoints: ['src/script-tag.ts'],
    // A script tag is on a page, never on a server or in a worker.
    define: { 'globalThis.location': 'true', 'globalThis.document': 'true', globalThis: 'window' },
    tsconfigRaw: { compilerOptions: { alwaysStrict: false } },
    plugins: [...plugins, onlyGetOfJsCookie],
    // The names are left to the next step, which sees more.
    minify: false,
    minifySyntax: true,
    mangleProps: MANGLED,
    reserveProps: NOT_MANGLED,
    ...options,
  });
  return shrink(script);
}

const ENTRIES = ['index', 'core', 'react', 'vue', 'testing'];

/**
 * The modules that are published, by file name: each entry, and what several of them share. With short names for private
 * properties, which the bundlers of applications leave as they are.
 */
export async function buildModules(): Promise<Map<string, Bundle>> {
  const { outputFiles } = await build({
    entryPoints: ENTRIES.map((name) => `src/${name}.ts`),
    bundle: true,
    splitting: true,
    format: 'esm',
    target: 'es2021',
    conditions: ['hubrelay-source'],
    external: ['react', 'vue'],
    minifySyntax: true,
    mangleProps: MANGLED,
    reserveProps: NOT_MANGLED,
    sourcemap: 'external',
    legalComments: 'none',
    absWorkingDir: folder,
    outdir: 'dist',
    chunkNames: 'shared-[hash]',
    write: false,
    plugins: [onlyGetOfJsCookie],
  });
  const textOf = (path: string) => outputFiles.find((file) => file.path === path)?.text ?? '';
  const modules = outputFiles.filter(({ path }) => path.endsWith('.js'));
  const entries = modules.map(async ({ path, text }) => {
    // Nothing has to be loaded for its effects alone, and bundlers warn of what looks like it.
    const code = text.replace(/^import "\.\/shared-.*";$/gm, '');
    const module = { code, map: textOf(`${path}.map`) };
    // What an application does not use must stay a declaration of its own, and `'use client'` where it is.
    const compress = { hoist_vars: false, join_vars: false, directives: false };
    return [basename(path), await shrink(module, { module: true, compress })] as const;
  });
  return new Map(await Promise.all(entries));
}

let published: Promise<Map<string, Bundle>> | undefined;

/** What a page gets that bundles one import of `./index.js` or `./core.js` as they are published, minified by esbuild alone. */
export async function bundleImport(contents: string): Promise<Bundle> {
  published ??= buildModules();
  const modules = await published;
  const inMemory: Plugin = {
    name: 'published',
    setup(build) {
      build.onResolve({ filter: /^\.\/.*\.js$/ }, ({ path }) => ({ path, namespace: 'published' }));
      build.onLoad({ filter: /.*/, namespace: 'published' }, ({ path }) => ({
        contents: modules.get(basename(path))?.code ?? '',
      }));
    },
  };
  return bundle({ stdin: { contents, resolveDir: folder }, plugins: [inMemory] });
}

/**
 * Gives what is used of js-cookie as a module of its own: `get` and the decoding of values. The library is one object, so
 * no bundler can leave out the rest by itself. The code stays as it is, but for the question whether there is a document
 * (`findCookie` answers it) and a name (there is one). Fails loudly when a new version looks different.
 */
async function getOfJsCookie(): Promise<string> {
  const source = await readFile(new URL(import.meta.resolve('js-cookie')), 'utf8');
  const find = (part: RegExp) => {
    const [found] = part.exec(source) ?? [];
    if (!found) throw new Error('js-cookie has changed: look at getOfJsCookie');
    return found;
  };
  const guard = find(
    /if \(typeof document === 'undefined' \|\| \(arguments\.length && !name\)\) {[^}]*}/,
  );
  const get = find(/\n {2}function get[\s\S]*?\n {2}}/)
    .replace(guard, '')
    .replace(find(/name \? jar\[name\] : jar/), 'jar[name]');
  const read = find(/(?<=\n {2}read: )function[\s\S]*?\n {2}}/);
  return `${find(/^\/\*!.*\n/)}const converter = { read: ${read} };${get}\nexport default { get };\n`;
}

/** Puts `getOfJsCookie` in the place of js-cookie. */
const onlyGetOfJsCookie: Plugin = {
  name: 'only-get-of-js-cookie',
  setup(build) {
    build.onLoad({ filter: /js-cookie/ }, async () => ({ contents: await getOfJsCookie() }));
  },
};

/** Puts one line in the place of js-cookie, to tell what it costs. */
export const withoutJsCookie: Plugin = {
  name: 'without-js-cookie',
  setup(build) {
    build.onLoad({ filter: /js-cookie/ }, () => ({
      contents: `export default {
        get: (name) => document.cookie.split('; ').find((it) => it.startsWith(name + '='))?.slice(name.length + 1),
        set: (name, value) => { document.cookie = name + '=' + value + '; path=/; max-age=15552000; SameSite=Lax'; },
      };`,
    }));
  },
};

/** What a text costs to send. */
export function sizesOf(text: string): Sizes {
  const { br, gzip } = encode(text);
  return { raw: Buffer.byteLength(text), gzip: gzip.length, brotli: br.length };
}

/** A text as a server sends it, by content coding. */
function encode(text: string): Record<'br' | 'gzip', Buffer> {
  const bytes = Buffer.from(text);
  const params = { [constants.BROTLI_PARAM_QUALITY]: 11 };
  return { br: brotliCompressSync(bytes, { params }), gzip: gzipSync(bytes, { level: 9 }) };
}

/** The value of a script tag's `integrity` attribute. */
export function integrityOf(text: string): string {
  return `sha384-${createHash('sha384').update(text).digest('base64')}`;
}

/** Writes `dist/hubrelay.js`, its source map, `dist/bundle.js`, the same script as a module, and the modules for npm. */
export async function buildScript(): Promise<Sizes & { readonly integrity: string }> {
  const { code, map } = await bundleScript();
  const { version } = JSON.parse(await readFile(`${folder}package.json`, 'utf8'));
  const integrity = integrityOf(code);
  const encoded = Object.fromEntries(
    Object.entries(encode(code)).map(([coding, bytes]) => [coding, bytes.toString('base64')]),
  );
  const module = Object.entries({ source: code, integrity, version, encoded })
    .map(([name, value]) => `export const ${name} = ${JSON.stringify(value)};\n`)
    .join('');

  const [cookies, modules] = await Promise.all([getOfJsCookie(), buildModules()]);
  await mkdir(`${folder}dist/cjs`, { recursive: true });
  await Promise.all([
    replaceFile(`${folder}dist/hubrelay.js`, code),
    replaceFile(`${folder}dist/hubrelay.js.map`, map),
    replaceFile(`${folder}dist/bundle.js`, module),
    ...[...modules].flatMap(([name, { code, map }]) => [
      replaceFile(`${folder}dist/${name}`, `${code}\n//# sourceMappingURL=${name}.map\n`),
      replaceFile(`${folder}dist/${name}.map`, map),
    ]),
    // The CommonJS build has a package.json of its own, which names this file.
    replaceFile(
      `${folder}dist/cjs/js-cookie.js`,
      cookies.replace(
        'export default { get }',
        'exports.__esModule = true;\nexports.default = { get }',
      ),
    ),
  ]);
  const isStale = (name: string) =>
    /\.js(\.map)?$/.test(name) &&
    !/^(hubrelay|bundle)\.js/.test(name) &&
    !modules.has(name.replace('.map', ''));
  for (const name of await readdir(`${folder}dist`))
    if (isStale(name)) await rm(`${folder}dist/${name}`, { force: true });
  return { ...sizesOf(code), integrity };
}

/** In one step: a program that reads meanwhile (`npm start` builds, too) finds a whole file, the old one or the new one. */
async function replaceFile(path: string, text: string): Promise<void> {
  const whole = `${path}.${process.pid}`;
  await writeFile(whole, text);
  await rename(whole, path);
}

if (import.meta.main) {
  const { integrity, ...sizes } = await buildScript();
  const bare = sizesOf((await bundleScript({ plugins: [withoutJsCookie] })).code);
  const line = ({ raw, gzip, brotli }: Sizes) => `${raw} B, gzip ${gzip} B, brotli ${brotli} B`;
  process.stdout.write(
    `dist/hubrelay.js   ${line(sizes)}\nwithout js-cookie  ${line(bare)}\n${integrity}\n`,
  );
}
