import { Builder, Capabilities, type WebDriver } from 'selenium-webdriver';
import type { EngineBrowser, Tab } from './engine.ts';
import { startWebKitDriver } from './start-webkit-driver.ts';

/** The system's WebKitGTK, in a virtual display, over WebDriver. */
export async function launchWebKitWebDriver(executablePath: string): Promise<EngineBrowser> {
  const server = await startWebKitDriver();
  const driver = await new Builder()
    .usingServer(server.url)
    .withCapabilities(
      new Capabilities({
        browserName: 'MiniBrowser',
        'webkitgtk:browserOptions': { binary: executablePath, args: ['--automation'] },
      }),
    )
    .build();
  // The first window stays: WebDriver needs a live one to open others from.
  const base = await driver.getWindowHandle();
  return {
    name: 'webkit',
    open: async (url) => {
      await driver.switchTo().window(base);
      return openTab(driver, url);
    },
    close: async () => {
      await driver.quit().catch(() => {}); // A session whose renderer was killed may not answer.
      await server.close();
    },
  };
}

async function openTab(driver: WebDriver, url: string): Promise<Tab> {
  // A window, not a tab: a tab opened by WebDriver stays in the background, hidden.
  await driver.switchTo().newWindow('window');
  const handle = await driver.getWindowHandle();
  await driver.get(url);
  const here = () => driver.switchTo().window(handle);
  return {
    goto: async (next) => {
      await here();
      await driver.get(next);
    },
    evaluate: async (run, argument) => {
      await here();
      return evaluate(driver, String(run), argument);
    },
    close: async () => {
      await here();
      await driver.close();
    },
  };
}

async function evaluate<Result>(
  driver: WebDriver,
  run: string,
  argument: unknown,
): Promise<Result> {
  const answer = await driver.executeAsyncScript<{ value: Result } | { error: string }>(
    `const done = arguments[1];
     Promise.resolve(arguments[0]).then(${run}).then((value) => done({ value }), (error) => done({ error: String(error) }));`,
    argument,
  );
  if ('error' in answer) throw new Error(answer.error);
  return answer.value;
}
