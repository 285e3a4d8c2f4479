/** A random UUID (RFC 9562, version 4), lower case. Pages without HTTPS have no `crypto.randomUUID`. */
export function randomUuid(): string {
  // Every 0 and 1 becomes any digit, and the 8 of the variant one of 8, 9, a, b.
  return '10000000-1000-4000-8000-100000000000'.replace(/[018]/g, (digit) => {
    const [random] = crypto.getRandomValues(new Uint8Array(1)) as unknown as [number];
    return (+digit ^ (random & (15 >> (+digit / 4)))).toString(16);
  });
}
