import { accessSync, constants, globSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { type BrowserType, chromium, firefox, webkit } from 'playwright';

export const browserNames = ['chromium', 'firefox', 'webkit'] as const;

export type BrowserName = (typeof browserNames)[number];

export interface FoundBrowser {
  readonly name: BrowserName;
  /** Who drives it: Playwright its own build (and any Chromium), a standard WebDriver protocol the distribution's. */
  readonly kind: 'playwright' | 'system';
  readonly executablePath: string;
}

const playwrightBrowsers: Record<BrowserName, BrowserType> = { chromium, firefox, webkit };

// Debian has no Playwright build of Firefox or WebKit; theirs are driven over WebDriver BiDi and WebDriver.
const systemBrowsers: Record<BrowserName, () => string | undefined> = {
  chromium: () => onPath('chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'),
  firefox: () => onPath('firefox-esr', 'firefox'),
  webkit: () => (onPath('WebKitWebDriver') && onPath('Xvfb') ? miniBrowser() : undefined),
};

/** Looks on this machine only: an explicit CHROMIUM_PATH, Playwright's own build, then the system's. */
export function findBrowser(name: BrowserName): FoundBrowser | undefined {
  const explicit = name === 'chromium' ? process.env.CHROMIUM_PATH : undefined;
  if (explicit) return { name, kind: 'system', executablePath: explicit };
  const own = playwrightBrowsers[name].executablePath();
  if (isExecutable(own)) return { name, kind: 'playwright', executablePath: own };
  const system = systemBrowsers[name]();
  return system ? { name, kind: 'system', executablePath: system } : undefined;
}

/** The first of these commands that is on the PATH, in full. */
export function onPath(...commands: readonly string[]): string | undefined {
  const folders = (process.env.PATH ?? '').split(delimiter);
  return commands.flatMap((c) => folders.map((folder) => join(folder, c))).find(isExecutable);
}

function miniBrowser(): string | undefined {
  return globSync('/usr/lib{,/*}/webkit2gtk-4.1/MiniBrowser').find(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return path !== '';
  } catch {
    return false;
  }
}
