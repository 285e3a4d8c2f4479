import { readFile } from 'node:fs/promises';

const TYPES: Readonly<Record<string, string>> = {
  css: 'text/css; charset=utf-8',
  html: 'text/html; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  svg: 'image/svg+xml',
};

/** Answers with a file of `static/`. Both `src/demo` and `dist/demo` are two folders below the package. */
export async function readStatic(
  folder: 'shop' | 'inspector' | 'hubspot',
  file: string,
): Promise<Response> {
  const type = /^[a-z-]+\.(css|html|js|svg)$/.exec(file)?.[1];
  if (!type) return new Response(null, { status: 404 });
  try {
    const body = await readFile(new URL(`../../static/${folder}/${file}`, import.meta.url));
    return new Response(new Uint8Array(body), {
      headers: { 'Content-Type': TYPES[type] ?? 'text/plain', 'Cache-Control': 'no-cache' },
    });
  } catch {
    return new Response(null, { status: 404 });
  }
}
