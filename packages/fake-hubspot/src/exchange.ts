import type { Answer } from './answer.ts';
import type { EventPoison } from './faults.ts';
import type { CredentialKind, IncomingCall } from './received.ts';

/** Who is calling, and what it may do. */
export interface Principal {
  readonly kind: CredentialKind;
  readonly scopes: readonly string[];
}

/** One request on its way through the fake, and what the steps found out about it. */
export interface Exchange {
  readonly call: IncomingCall;
  readonly correlationId: string;
  readonly poison: readonly EventPoison[];
  principal: Principal | undefined;
  events: number;
  applied: number;
  notes: readonly string[];
}

export type PathParams = Readonly<Record<string, string>>;

/** One route's work. Everything it answers is data. */
export type Handler = (exchange: Exchange, params: PathParams) => Answer;
