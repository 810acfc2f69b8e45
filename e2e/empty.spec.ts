// Before any run: every view explains itself, is accessible in both themes, fits a phone, and asks nobody else for anything.
import { changeSettings, expectAccessible, expectFine, LOOKS, openStudio, openView, take, VIEWS } from './studio';
import { expect, test } from './test';

for (const look of LOOKS) {
  test(`every view is accessible when empty and fits, ${look.colorScheme} at ${look.width}`, async ({ browser }) => {
    const studio = await openStudio(browser, '?backend=wasm');
    await take(studio.page, look);
    for (const view of VIEWS) {
      await openView(studio.page, view);
      await expect(studio.page.getByRole('main')).toContainText(/\w{3}/);
      await expectFine(studio.page, `${view}, empty`);
    }
    await studio.close();
  });
}

test('the chosen view stands in the phone’s row of views, whether a key or an address chose it', async ({
  browser,
}) => {
  const studio = await openStudio(browser, '?backend=wasm&view=compare', { viewport: { width: 390, height: 844 } });
  const { page } = studio;
  const link = (name: string) =>
    page.getByRole('navigation', { name: 'Views' }).getByRole('link', { name, exact: true });
  await expect(link('Compare')).toBeInViewport({ ratio: 1 });
  await expect(link('Run')).not.toBeInViewport();
  await page.keyboard.press('1');
  await expect(link('Run')).toBeInViewport({ ratio: 1 });
  await page.keyboard.press('9');
  await expect(link('Lab')).toBeInViewport({ ratio: 1 });
  await studio.close();
});

test('the settings panel is accessible, and a setting goes into the address', async ({ browser }) => {
  const studio = await openStudio(browser, '?preset=tiny&backend=wasm');
  const { page } = studio;
  await changeSettings(page, { warmupSteps: 33, topP: 0.9 });
  await expectAccessible(page, 'settings');
  await expect(page).toHaveURL(/topP=0\.9&warmupSteps=33/);
  await studio.close();
});
