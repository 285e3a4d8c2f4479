import { type BrowserName, findBrowser } from '../../scripts/find-browser.ts';

/** A real browser with a fresh profile, and only what the delivery scenarios need of it. */
export interface EngineBrowser {
  readonly name: BrowserName;
  /** Opens a tab; all tabs share cookies and storage. */
  open(url: string): Promise<Tab>;
  /** Ends the browser and everything that was started for it. */
  close(): Promise<void>;
}

export interface Tab {
  goto(url: string): Promise<void>;
  /** Runs the function in the page, with one JSON argument, and awaits what it returns. */
  evaluate<Result, Argument>(
    run: (argument: Argument) => Result | Promise<Result>,
    argument: Argument,
  ): Promise<Result>;
  /** Closes as a visitor does: `pagehide` is fired, nothing is waited for. */
  close(): Promise<void>;
  /**
   * Kills the process that runs the page; no event handler gets a chance. The tab is of no use afterwards.
   * Absent in WebKit: its WebDriver ends the whole session, and with it the profile, when a page crashes.
   */
  killRenderer?(): Promise<void>;
}

/**
 * Starts the browser of this name: Playwright drives Chromium and its own builds of the other two, WebDriver BiDi the
 * system's Firefox, WebDriver the system's WebKitGTK.
 */
export async function launchEngine(name: BrowserName): Promise<EngineBrowser> {
  const found = findBrowser(name);
  if (!found) throw new Error(`No ${name} here. Run: node scripts/ensure-browsers.ts ${name}`);
  if (name === 'firefox' && found.kind === 'system') {
    return (await import('./firefox-bidi.ts')).launchFirefoxBidi(found.executablePath);
  }
  if (name === 'webkit' && found.kind === 'system') {
    return (await import('./webkit-webdriver.ts')).launchWebKitWebDriver(found.executablePath);
  }
  return (await import('./playwright-engine.ts')).launchPlaywright(found);
}
