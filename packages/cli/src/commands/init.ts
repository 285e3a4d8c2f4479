import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CommandError, cliCommand } from '../cli-command.ts';
import { projectFiles } from '../init/project.ts';
import { RUNTIMES } from '../init/project-parts.ts';
import { version } from '../own-package.ts';

/** `hubrelay init`. */
export const init = cliCommand({
  meta: { name: 'init', description: 'Write a new project that runs a relay' },
  args: {
    folder: { type: 'positional', required: true, description: 'A folder that is new, or empty' },
    runtime: {
      type: 'string',
      default: 'node',
      valueHint: RUNTIMES.join('|'),
      description: 'Where the relay runs',
    },
    origins: {
      type: 'string',
      required: true,
      valueHint: 'urls',
      description: 'Your websites, separated by commas: https://www.example.com',
    },
    'hub-id': {
      type: 'string',
      required: true,
      valueHint: 'number',
      description: 'The number of the HubSpot account',
    },
  },
  async run({ args }) {
    const { folder } = args;
    const runtime = RUNTIMES.find((one) => one === args.runtime);
    if (runtime === undefined) {
      throw new CommandError(
        `--runtime ${args.runtime} is not known: write ${RUNTIMES.join(', ')}.`,
      );
    }
    const origins = originsOf(args.origins);
    const hubId = hubIdOf(args['hub-id']);
    if ((await entriesOf(folder)) > 0) {
      throw new CommandError(`${folder} is not empty: name another folder.`);
    }
    await mkdir(folder, { recursive: true });
    const files = Object.entries(projectFiles({ runtime, origins, hubId, version }));
    for (const [path, content] of files) await writeFile(join(folder, path), content);
    console.log(`Wrote ${files.map(([path]) => path).join(', ')} to ${folder}.`);
    console.log(`Next: cd ${folder}, npm install, and read README.md.`);
  },
});

/** The relay itself says more when it starts; what is written into a file must be one line of plain text. */
function originsOf(text: string): string {
  const origins = text.split(',').map((origin) => origin.trim());
  const wrong = origins.find((origin) => !/^https?:\/\/[\w.*:[\]-]+$/.test(origin));
  if (wrong === undefined) return origins.join(',');
  throw new CommandError(`--origins: "${wrong}" is not an origin: write https://www.example.com.`);
}

function hubIdOf(text: string): string {
  if (/^\d+$/.test(text)) return text;
  throw new CommandError(`--hub-id ${text} is not a number: it stands in HubSpot’s addresses.`);
}

async function entriesOf(folder: string): Promise<number> {
  try {
    return (await readdir(folder)).length;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return 0;
    if (code === 'ENOTDIR') throw new CommandError(`${folder} is a file: name a folder.`);
    throw error;
  }
}
