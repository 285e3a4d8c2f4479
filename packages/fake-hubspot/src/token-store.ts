import type { AccessToken } from './options.ts';

/** An access token, configured or issued by the token endpoint. */
export interface StoredToken {
  readonly token: string;
  readonly kind: 'access-token' | 'oauth';
  readonly scopes: readonly string[];
  /** Epoch milliseconds. */
  expiresAt: number;
  /** How many requests came with it. */
  uses: number;
}

export interface TokenStore {
  add(token: Omit<StoredToken, 'uses'>): void;
  /** Counts the use. */
  use(token: string): StoredToken | undefined;
  get(token: string): StoredToken | undefined;
  /** The tokens that the token endpoint issued, oldest first. */
  issued(): StoredToken[];
  /** Lets every issued token expire at this moment, as when an app is reinstalled. */
  expireIssued(now: number): void;
}

export function createTokenStore(configured: readonly Required<AccessToken>[]): TokenStore {
  const tokens = new Map<string, StoredToken>();
  const add: TokenStore['add'] = (token) => {
    tokens.set(token.token, { ...token, uses: 0 });
  };
  for (const token of configured) add({ ...token, kind: 'access-token' });

  const issued = () => [...tokens.values()].filter((token) => token.kind === 'oauth');
  return {
    add,
    use(token) {
      const known = tokens.get(token);
      if (known) known.uses++;
      return known;
    },
    get: (token) => tokens.get(token),
    issued: () => issued().map((token) => ({ ...token })),
    expireIssued(now) {
      for (const token of issued()) token.expiresAt = Math.min(token.expiresAt, now);
    },
  };
}
