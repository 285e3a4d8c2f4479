/**
 * What is wrong with the Node that runs this; npm only warns of it, and what fails then is an import of `node:sqlite`.
 * @param range of package.json, `>=22.13`
 * @returns undefined when it will do
 */
export function nodeProblem(version: string, range: string): string | undefined {
  const [major = 0, minor = 0] = numbers(version);
  const [neededMajor = 0, neededMinor = 0] = numbers(range);
  const isNewEnough = major > neededMajor || (major === neededMajor && minor >= neededMinor);
  if (isNewEnough) return undefined;
  return `hubrelay needs Node ${neededMajor}.${neededMinor} or later, and this is ${version}.`;
}

function numbers(text: string): number[] {
  return text.match(/\d+/g)?.map(Number) ?? [];
}
