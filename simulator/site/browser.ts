import type { Effect } from '../hubspot/effect.ts';
import type { Random } from '../time/random.ts';
import type { Page } from './page.ts';

/** A visitor's browser: what its pages share, and what outlives them. */
export interface Browser {
  readonly name: string;
  readonly random: Random;
  /** `hubspotutk`: whose events these are. Another visitor may sit down at the same browser. */
  utk: string;
  readonly storage: Record<string, string>;
  /** Web Locks by name, with the page that holds each. */
  readonly locks: Map<string, Page>;
  readonly pages: Set<Page>;
  /** From 0 to 1: of some visitors everything is at fault. */
  readonly badness: number;
  /** What is wrong with them, from then on. */
  fate: Effect | undefined;
  /** How wrong its clock is. */
  readonly skewMs: number;
}

export function createBrowser(name: string, random: Random): Browser {
  return {
    name,
    random,
    utk: newVisitor(random),
    storage: {},
    locks: new Map(),
    pages: new Set(),
    badness: random.next(),
    fate: undefined,
    skewMs: random.chance(0.1) ? random.between(-3_600_000, 3_600_000) : 0,
  };
}

/** As HubSpot's script makes them: 32 hexadecimal digits. */
export function newVisitor(random: Random): string {
  return hexDigits(random, 32);
}

/** RFC 9562, version 4. */
export function newUuid(random: Random): string {
  const digits = hexDigits(random, 32);
  return [
    digits.slice(0, 8),
    digits.slice(8, 12),
    `4${digits.slice(13, 16)}`,
    `8${digits.slice(17, 20)}`,
    digits.slice(20),
  ].join('-');
}

function hexDigits(random: Random, count: number): string {
  let digits = '';
  while (digits.length < count) {
    digits += Math.floor(random.next() * 2 ** 32)
      .toString(16)
      .padStart(8, '0');
  }
  return digits.slice(0, count);
}
