/** The part of Web Crypto that pages without HTTPS have, too. They lack `randomUUID`. */
export type RandomSource = Pick<Crypto, 'getRandomValues'>;

/** 128 random bits as 32 lower-case hex digits. */
export function randomHex(crypto: RandomSource): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) =>
    (byte + 256).toString(16).slice(1),
  ).join('');
}

/** A random UUID (RFC 9562, version 4), lower case. */
export function randomUuid(crypto: RandomSource): string {
  return randomHex(crypto).replace(/(.{8})(.{4}).(.{3}).(.{3})(.{12})/, '$1-$2-4$3-8$4-$5');
}
