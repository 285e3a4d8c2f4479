/** The script for pages, `dist/hubrelay.js`, as text: for a server in any runtime to serve. */
export declare const source: string;
/** Its Subresource Integrity hash, `sha384-…`. */
export declare const integrity: string;
/** The version of this package: what a URL that never changes its content carries. */
export declare const version: string;
/** The script compressed at the highest level, in base64, by content coding: for a server to send with `Content-Encoding`. */
export declare const encoded: { readonly br: string; readonly gzip: string };
