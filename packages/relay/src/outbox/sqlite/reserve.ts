import { randomFillSync } from 'node:crypto';
import { closeSync, openSync, rmSync, statfsSync, statSync, writeSync } from 'node:fs';
import { dirname, resolve } from 'node:path';

const MIB = 2 ** 20;

/** What a journal as large as it grows between two checkpoints takes when it is written into the database, and more. */
export const RESERVE_BYTES = 24 * MIB;
/** Beside the reserve: accepting ends before it is needed. Room for two short journals. */
const MARGIN_BYTES = 8 * MIB;
/** An event is written to the journal and to the database, with indexes. */
const BYTES_PER_JSON_BYTE = 4;
const RETRY_MS = 1000;

/** What else of the database can hold events, or journal. */
export interface OwnRoom {
  /** Of the journal: is written over. */
  readonly journalBytes: number;
  /** Of the database file: pages that hold nothing. */
  readonly freeBytes: number;
}

/**
 * Keeps room on the disk for what makes room: a delivery has to be written down before its event can go, so a disk that the
 * backlog has filled to the last byte would never drain. The room is a file beside the database, because others fill disks,
 * too. It is let go when a write that makes room fails, and taken again when it can be had; meanwhile nothing is accepted.
 */
export class Reserve {
  readonly #file: string;
  readonly #folder: string;
  readonly #bytes: number;
  #isHeld: boolean;
  #triedAt = Number.NEGATIVE_INFINITY;

  /** @param bytes 0 keeps no room, and asks for none */
  constructor(path: string, bytes: number) {
    this.#file = reserveOf(path);
    this.#folder = dirname(resolve(path));
    this.#bytes = bytes;
    this.#isHeld = sizeOf(this.#file) >= bytes;
    if (!this.#isHeld) this.#take();
  }

  /** Whether so many bytes of JSON may be stored, and the room to deliver them is still there. */
  hasRoomFor(jsonBytes: number, { journalBytes, freeBytes }: OwnRoom): boolean {
    if (this.#bytes === 0) return true;
    if (!this.#isHeld) return false;
    const room = this.diskBytes() + journalBytes;
    const needed = BYTES_PER_JSON_BYTE * jsonBytes;
    // What fits into free pages takes no room from the disk. The lower margin: else what was stopped would start no more.
    return freeBytes >= MIB + needed ? room >= MARGIN_BYTES / 2 : room >= MARGIN_BYTES + needed;
  }

  /** Lets the room go. @returns whether there was any */
  release(): boolean {
    if (!this.#isHeld) return false;
    this.#isHeld = false;
    rmSync(this.#file, { force: true });
    return this.#bytes > 0;
  }

  /** Whether it was let go, and it is time to see whether it can be had again. */
  isWanted(now = performance.now()): boolean {
    return !this.#isHeld && now >= this.#triedAt + RETRY_MS;
  }

  /** Takes the room again if the disk has it. The journal should be empty. */
  restore(now = performance.now()): void {
    this.#triedAt = now;
    if (this.diskBytes() >= this.#bytes) this.#take();
  }

  /** What is free on the disk. */
  diskBytes(): number {
    const { bavail, bsize } = statfsSync(this.#folder);
    return bavail * bsize;
  }

  #take(): void {
    try {
      write(this.#file, this.#bytes);
      this.#isHeld = true;
    } catch {
      rmSync(this.#file, { force: true });
    }
  }
}

export const reserveOf = (path: string) => `${path}-reserve`;

function sizeOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? -1;
}

/** Not zeros: some file systems give those no room. */
function write(file: string, bytes: number): void {
  const chunk = randomFillSync(Buffer.alloc(Math.min(bytes, MIB)));
  const fd = openSync(file, 'w', 0o600);
  try {
    for (let left = bytes; left > 0; left -= chunk.length) writeSync(fd, chunk);
  } finally {
    closeSync(fd);
  }
}
