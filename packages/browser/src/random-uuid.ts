/** A random UUID (RFC 9562, version 4), lower case. Pages without HTTPS have no `crypto.randomUUID`. */
export function randomUuid(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) =>
    (byte + 256).toString(16).slice(1),
  )
    .join('')
    .replace(/(.{8})(.{4}).(.{3}).(.{3})/, '$1-$2-4$3-8$4-');
}
