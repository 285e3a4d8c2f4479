import { STORES, type Store } from '../plan/plan.ts';

/** A mistake that somebody might make: one piece of source text in the place of another. */
export interface Bug {
  readonly name: string;
  /** From the root of the repository. */
  readonly file: string;
  readonly from: string;
  readonly to: string;
}

/** The stores whose relays run its file: a run on another cannot find it. */
export function storesOf({ file }: Bug): readonly Store[] {
  if (file.includes('/outbox/sqlite/')) return ['sqlite'];
  if (file.includes('/outbox/') || file.endsWith('/outbox-acceptor.ts'))
    return ['sqlite', 'shared'];
  if (file.endsWith('/accept/direct.ts')) return ['direct'];
  return STORES;
}

/** Loud when the code has moved: a bug that is not planted could not be found, and that would prove nothing. */
export function applyTo(source: string, { name, file, from, to }: Bug): string {
  const count = source.split(from).length - 1;
  if (count !== 1) {
    throw new Error(`"${name}": ${file} has this ${count} times instead of once: ${from}`);
  }
  return source.replace(from, () => to);
}
