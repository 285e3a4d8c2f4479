/** Where the bundle looks for the relay, as its build leaves it: relative to its own address. */
const BUILT = /(["'`])v1\/events\1/;

/** Gives what writes into a script where its events go: the way from the script's path to that of events. */
export function withEndpoint(scriptPath: string, eventsPath: string): (source: string) => string {
  const way = JSON.stringify(relativePath(scriptPath, eventsPath));
  return (source) => source.replace(BUILT, () => way);
}

/** Relative, so that a proxy may put both under a prefix. */
function relativePath(from: string, to: string): string {
  const folders = from.split('/').slice(0, -1);
  const parts = to.split('/');
  let common = 0;
  while (common < folders.length && common < parts.length - 1 && folders[common] === parts[common])
    common++;
  return [...folders.slice(common).fill('..'), ...parts.slice(common)].join('/');
}
