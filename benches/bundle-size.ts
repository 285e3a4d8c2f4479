// How many bytes does a page load to send one event? Ours and the peers', built the same way:
//   npm run build && node benches/bundle-size.ts [--only name]
import { readFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { version as esbuild } from 'esbuild';
import { bundleScript, type Sizes, sizesOf, withoutJsCookie } from '../packages/browser/build.ts';
import { bundleFirstLoad, bundleOneEvent } from './bundle-peer.ts';
import { floor, installPeers, type Peer, peers, us, versionOf } from './peers.ts';
import { report } from './report.ts';

interface Measured extends Sizes {
  readonly name: string;
  readonly version: string;
  readonly note: string;
  /** Brotli of the first load, where the library loads parts of itself later. */
  readonly first: number;
}

const { values } = parseArgs({ options: { only: { type: 'string' } } });
const wanted = ({ name }: { name: string }) => !values.only || name.includes(values.only);

const measured: Measured[] = [];
if (wanted(us)) measured.push(...(await ours()));
const others = [floor, ...peers].filter(wanted);
if (others.some((peer) => peer.npm)) installPeers();
for (const peer of others) measured.push(await measure(peer, versionOf(peer)));

measured.sort((a, b) => a.brotli - b.brotli);
await report('bundle-size', measured.map(row), { esbuild, gzip: 9, brotli: 11 });

async function ours(): Promise<Measured[]> {
  const manifest = new URL('../packages/browser/package.json', import.meta.url);
  const { version } = JSON.parse(await readFile(manifest, 'utf8'));
  const script = (text: string, note: string) => fromText('hubrelay.js', version, note, text, text);
  return [
    script((await bundleScript()).code, 'script tag, every feature'),
    script((await bundleScript({ plugins: [withoutJsCookie] })).code, 'the same without js-cookie'),
    await measure(us, version),
  ];
}

async function measure(peer: Peer, version: string): Promise<Measured> {
  const texts = await Promise.all([bundleOneEvent(peer), bundleFirstLoad(peer)]);
  return fromText(peer.npm ?? peer.name, version, peer.note ?? '', ...texts);
}

function fromText(
  name: string,
  version: string,
  note: string,
  all: string,
  first: string,
): Measured {
  return { name, version, note, ...sizesOf(all), first: sizesOf(first).brotli };
}

function row({ name, version, raw, gzip, brotli, first, note }: Measured) {
  return { name, version, raw, gzip, brotli, 'first load': first, note };
}
