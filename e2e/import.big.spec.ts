// A file of 100 MB: refused in words, quickly, without freezing the page or losing what is loaded.
import { sums } from './files';
import { openStudio } from './studio';
import { expect, test } from './test';

test('100 MB are refused while the page stays responsive', async ({ browser }) => {
  const studio = await openStudio(browser, '?backend=wasm');
  const { page } = studio;
  await page.locator('input[type=file]').first().setInputFiles(sums);
  await page.getByRole('button', { name: 'Use this file' }).click();
  const before = (await studio.heard()).longTasks.length;
  await page.evaluate(async () => {
    const line = `${JSON.stringify({ input: `What is ${'1 plus '.repeat(150)} 1 ?`, output: 'The answer is 151' })}\n`;
    const part = new Blob([line.repeat(Math.ceil((1 << 20) / line.length))]);
    const data = new DataTransfer();
    data.items.add(new File(Array(100).fill(part), 'huge.jsonl'));
    document
      .querySelector('main')
      ?.dispatchEvent(new DragEvent('drop', { dataTransfer: data, bubbles: true, cancelable: true }));
  });
  await expect(page.getByText(/huge\.jsonl is larger than 64 MB/).first()).toBeVisible({ timeout: 60_000 });
  await expect(page.getByText(/Trains on sums\.jsonl/)).toBeVisible();
  // The first long task may be the making of the file itself.
  const blocked = (await studio.heard()).longTasks.slice(before + 1).filter(([, duration]) => duration > 100);
  expect(blocked).toEqual([]);
  await studio.close();
});
