import { cloudflareFiles } from './cloudflare-project.ts';
import { machineFiles } from './machine-project.ts';
import type { ProjectFiles, ProjectOptions } from './project-parts.ts';

export function projectFiles(options: ProjectOptions): ProjectFiles {
  const { runtime } = options;
  const files =
    runtime === 'cloudflare' ? cloudflareFiles(options) : machineFiles({ ...options, runtime });
  return { ...files, '.gitignore': IGNORED };
}

/** Secrets, and what a running relay writes. */
const IGNORED = `node_modules
.env
.wrangler
hubrelay.db*
`;
