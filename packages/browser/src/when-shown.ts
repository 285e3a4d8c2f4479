/**
 * Runs at once, or where the browser has only prepared the page, when the visitor goes to it.
 * https://developer.mozilla.org/docs/Web/API/Document/prerendering
 */
export function whenShown(run: () => void): void {
  if (globalThis.document && (document as { prerendering?: boolean }).prerendering)
    document.addEventListener('prerenderingchange', run);
  else run();
}
