/**
 * The wire between a page and a hubrelay relay. Pure: no fetch, no DOM, no Node.
 * @module
 */
export * from './limits.ts';
export * from './names.ts';
export * from './page-report.ts';
export * from './parse-batch.ts';
export * from './troubleshooting.ts';
export * from './wire.ts';
