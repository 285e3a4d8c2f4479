/** The browser bundle that a relay serves. */
export interface RelayScript {
  /** JavaScript, minified. */
  readonly source: string;
  /** Subresource Integrity of `source`: `sha384-…`. */
  readonly integrity: string;
  /**
   * `source` compressed, in base64, by content coding.
   * @default none: it is sent as it is
   */
  readonly encoded?: { readonly br?: string; readonly gzip?: string };
}
