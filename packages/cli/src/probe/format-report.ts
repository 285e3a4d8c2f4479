import { defaultSwitches } from '@hubrelay/fake-hubspot';
import type { Exchange } from './caller.ts';
import type { Finding } from './finding.ts';
import type { Probed } from './run-probe.ts';

/** What the probe found, in Markdown, to be pasted into an issue. Names no account and no person. */
export function formatReport({
  findings,
  exchanges,
  accountType,
  version,
  left,
  problem,
}: Probed): string {
  const decided = findings.filter(({ value }) => value !== undefined);
  const options = decided
    .map(({ decides, value }) => `  ${decides}: ${literal(value)},\n`)
    .join('');
  return `## What HubSpot answered

Account type ${accountType}, API version ${version}, ${new Date().toISOString().slice(0, 10)}, by \`hubrelay probe\`.
${problem === undefined ? '' : `\n**${problem}**\n`}
| question | seen | switch of the fake |
|---|---|---|
${findings.map(rowOf).join('\n')}

The fake HubSpot answers the same with

\`\`\`ts
createFakeHubSpot({
${options}});
\`\`\`
${left.length === 0 ? '' : `\nLeft behind: ${left.length} event definitions that could not be deleted.\n`}
<details><summary>${exchanges.length} calls</summary>

| what | call | status | said | limits |
|---|---|---|---|---|
${grouped(exchanges).join('\n')}

</details>
`;
}

function rowOf({ question, seen, decides, value }: Finding): string {
  const isDefault = value === defaultSwitches[decides];
  const decision =
    value === undefined
      ? 'not decided'
      : `\`${decides}: ${literal(value)}\`${isDefault ? ' (default)' : ''}`;
  return `| ${cell(question)} | ${cell(seen)} | ${decision} |`;
}

/** The same question asked over and over is one line. */
function grouped(exchanges: readonly Exchange[]): string[] {
  const lines = new Map<string, number>();
  for (const { what, line, status, said, headers } of exchanges) {
    const limits = Object.entries(headers)
      .map(([name, value]) => `${name}: ${value}`)
      .join(', ');
    const isCounted = /ratelimit-remaining: \d+/;
    const row = `| ${cell(what)} | ${line} | ${status} | ${cell(said.slice(0, status < 300 ? 0 : 300))} | ${cell(limits.replace(isCounted, 'ratelimit-remaining: …'))} |`;
    lines.set(row, (lines.get(row) ?? 0) + 1);
  }
  return [...lines].map(([row, times]) => (times === 1 ? row : row.replace('| ', `| ${times} × `)));
}

function literal(value: string | number | undefined): string {
  return typeof value === 'string' ? `'${value}'` : String(value);
}

const cell = (text: string) => text.replaceAll('|', '\\|').replaceAll(/\s+/g, ' ');
