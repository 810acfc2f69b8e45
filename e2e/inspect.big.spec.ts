// Two checkpoints of 1 GiB each through the Inspect view, by real files: listed at once, the exact number selected, pictures and a cell read lazily,
// and the renderer's memory below its limit throughout.
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writePair } from './bench/inspectPair';
import { openStudio } from './studio';
import { expect, test } from './test';

const GIB = 2 ** 30;
/** 32 matrices of 4096 × 4096. */
const WEIGHTS = 32 * 4096 * 4096;
const MOST_MEGABYTES = 600;

/** Resident megabytes of the largest renderer; 0 where the system has no /proc. */
function rendererMegabytes(): number {
  const kilobytes = (text: string, field: string): number =>
    Number(new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(text)?.[1] ?? 0);
  const sizes = readdirSync('/proc').flatMap((id) => {
    if (!/^\d+$/.test(id)) return [];
    try {
      if (!readFileSync(`/proc/${id}/cmdline`, 'utf8').includes('--type=renderer')) return [];
      return [kilobytes(readFileSync(`/proc/${id}/status`, 'utf8'), 'VmRSS') / 1000];
    } catch {
      return [];
    }
  });
  return Math.max(0, ...sizes);
}

test('two checkpoints of 1 GiB are compared exactly, in little memory', async ({ browser }) => {
  const folder = mkdtempSync(join(tmpdir(), 'inspect-big-'));
  const [before, after] = [join(folder, 'before.safetensors'), join(folder, 'after.safetensors')];
  writePair(before, after, GIB);
  const studio = await openStudio(browser, '?backend=wasm&view=inspect');
  let most = 0;
  const watch = setInterval(() => {
    most = Math.max(most, rendererMegabytes());
  }, 100);
  try {
    const { page } = studio;
    const place = (name: string) => page.getByRole('region', { name, exact: true });
    for (const [name, path] of [['Before', before] as const, ['After', after] as const]) {
      await place(name).getByLabel(`${name}: choose files`).setInputFiles(path);
      await expect(place(name)).toContainText('32 tensors of BF16', { timeout: 10_000 });
    }
    const began = performance.now();
    await page.getByRole('button', { name: 'Select', exact: true }).click();
    const title = page.getByRole('heading', { level: 2 });
    await expect(title).toContainText('the 5\u202f% that changed most', { timeout: 120_000 });
    const seconds = (performance.now() - began) / 1000;
    const count = Number(/^[\d\s\u202f]+/.exec(await title.innerText())?.[0].replace(/\D/g, ''));
    expect(count).toBe(Math.floor(WEIGHTS * 0.05));
    const name = 'model.layers.7.mlp.down_proj.weight';
    const button = page.getByRole('button', { name: `Open ${name}` }).first();
    await button.scrollIntoViewIfNeeded();
    await button.click();
    const matrix = page.getByRole('application', { name: new RegExp(`^${name}`) });
    await matrix.focus();
    await page.keyboard.press('n');
    await expect(page.locator('.matrix-readout')).toContainText('■ selected', { timeout: 60_000 });
    console.log(`  Selected in ${seconds.toFixed(1)} s; the renderer held at most ${most.toFixed(0)} MB.`);
    expect(most).toBeLessThan(MOST_MEGABYTES);
  } finally {
    clearInterval(watch);
    await studio.close();
    rmSync(folder, { recursive: true });
  }
});
