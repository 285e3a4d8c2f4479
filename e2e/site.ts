import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { closeServer } from './close-server.ts';

/** A page by its path, or anything else a page loads; `type` is taken from the path's ending. */
export type SiteFiles = Record<string, string>;

export interface Site {
  /** `http://localhost:port`: another site than the collector's `127.0.0.1`, as a relay on another domain is. */
  readonly origin: string;
  /** May be changed at any time. */
  readonly files: SiteFiles;
  close(): Promise<void>;
}

const types: Record<string, string> = {
  js: 'text/javascript',
  css: 'text/css',
  json: 'application/json',
};

/** Serves a customer's website: the files, with these headers on each. */
export async function startSite(
  files: SiteFiles,
  headers: Readonly<Record<string, string>> = {},
): Promise<Site> {
  const server = createServer((request, response) => {
    const path = request.url?.split('?')[0] ?? '';
    const body = files[path];
    if (body === undefined)
      return void response.writeHead(path === '/favicon.ico' ? 204 : 404).end();
    const type = types[path.split('.').at(-1) ?? ''] ?? 'text/html; charset=utf-8';
    response.writeHead(200, { 'content-type': type, ...headers }).end(body);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    origin: `http://localhost:${(server.address() as AddressInfo).port}`,
    files,
    close: () => closeServer(server),
  };
}
