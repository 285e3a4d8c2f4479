/**
 * A random UUID (RFC 9562, version 4), lower case. A page without HTTPS has no `crypto.randomUUID`, but the address of a
 * blob ends in one: https://w3c.github.io/FileAPI/#unicodeBlobURL
 */
export function randomUuid(): string {
  if (crypto.randomUUID) return crypto.randomUUID();
  const url = URL.createObjectURL(new Blob());
  URL.revokeObjectURL(url);
  return url.slice(-36);
}
