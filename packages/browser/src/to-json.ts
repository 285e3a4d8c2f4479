/**
 * JSON of what there is, whatever an old library has added to the prototypes: Prototype 1.6 gives strings, numbers and arrays
 * a `toJSON` that quotes them twice. A `toJSON` of other objects, such as dates, is theirs.
 */
export function toJson(value: unknown): string {
  return JSON.stringify(value, function (this: Record<string, unknown>, key, said) {
    const raw = this[key] as { map?: unknown } | undefined;
    return /st|nu/.test(typeof raw) || raw?.map ? raw : said;
  });
}
