import { startDev } from 'hubrelay/dev';
import { expect, test } from 'playwright/test';
import { startSite } from './site.ts';

test('a site of one’s own, on any port and without HubSpot’s script, shows its event in the inspector', async ({
  page,
}) => {
  const dev = await startDev({ port: 0, say: () => {} });
  const site = await startSite({
    '/': `<!doctype html><title>Mine</title>${dev.snippet}
      <button data-hubrelay-event="signup" data-hubrelay-plan="pro">Sign up</button>`,
  });
  await page.goto(site.origin);
  await page.getByRole('button').click();
  await expect
    .poll(async () => (await page.context().cookies()).map(({ name }) => name))
    .toContain('hubspotutk');
  const inspector = await page.context().newPage();
  await inspector.goto(dev.inspectorUrl);
  await expect(inspector.getByText('Delivered').first()).toBeVisible();
  await page.context().close();
  await site.close();
  await dev.close();
});
