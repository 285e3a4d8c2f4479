/**
 * A random UUID (RFC 9562, version 4), lower case. A page without HTTPS has no `crypto.randomUUID`, but the address of a
 * blob ends in one: https://w3c.github.io/FileAPI/#unicodeBlobURL
 */
export function randomUuid(): string {
  return crypto.randomUUID?.() || URL.createObjectURL(new Blob()).slice(-36);
}
