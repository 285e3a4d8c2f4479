export const RUNTIMES = ['node', 'bun', 'deno', 'cloudflare'] as const;
export type ProjectRuntime = (typeof RUNTIMES)[number];

export interface ProjectOptions {
  readonly runtime: ProjectRuntime;
  /** As for `ALLOWED_ORIGINS`. */
  readonly origins: string;
  readonly hubId: string;
  /** Of the packages, such as `0.1.0`. */
  readonly version: string;
}

/** The files of a new project, by their paths in it. */
export type ProjectFiles = Readonly<Record<string, string>>;

/** The part of each README that is the same. */
export const THE_PAGE = `## The page

    <script async src="https://relay.example.com/hubrelay.js"></script>
    <script>
      window.hubrelay = window.hubrelay || [];
      hubrelay.push(['track', 'signup', { plan: 'pro' }]);
    </script>

The event, here \`signup\`, must be defined in HubSpot (Data Management, Custom events).
\`npx hubrelay doctor --relay https://relay.example.com\` looks for what keeps events from arriving.
`;

export const packageJson = (content: object) =>
  `${JSON.stringify({ private: true, type: 'module', ...content }, undefined, 2)}\n`;
