import type { Deliverer } from '@hubrelay/relay';

/** The demo's relay, as the inspector shows it. */
export interface ObservedRelay {
  readonly url: string;
  readonly deliverer: Deliverer;
  /** Makes a dead letter pending again. */
  replay(uuid: string): Promise<void>;
  close(): Promise<void>;
}
