import type { Outbox } from '../../packages/relay/src/outbox/outbox.ts';
import type { Random } from '../time/random.ts';
import type { Life } from './life.ts';

/** What outlives a relay. */
export interface Storage {
  /** A process opens it. */
  open(life: Life): Outbox;
  /** The process that had it open is gone, whatever it was doing. */
  release(life: Life): void;
  /** For an operator and for the audit: never disturbed, never slow. Absent when no process has it open. */
  readonly undisturbed: Outbox | undefined;
  /** When no process has it open any more: sees it as it will be in ten days. */
  openForAudit(): Outbox;
  disturb(fault: StorageFault | undefined): void;
  readonly isDisturbed: boolean;
}

/** By then every backoff and every lease has ended, and nothing is swept unless somebody asks. */
export const AUDIT_MS = 10 * 86_400_000;

/** `full`: writes fail. `hangs`: as slow as a disk that does not answer for half a minute. `unanswered`: some calls fail though they were carried out. */
export type StorageFault = 'full' | 'slow' | 'hangs' | 'unanswered';

export const STORAGE_FAULTS: readonly StorageFault[] = ['full', 'slow', 'hangs', 'unanswered'];

/** What a fault adds to every call, milliseconds. */
export function delayOf(fault: StorageFault | undefined, random: Random): number {
  if (fault === 'slow') return random.between(50, 4000);
  return fault === 'hangs' ? random.between(2000, 30_000) : 0;
}
