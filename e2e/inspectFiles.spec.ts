// Files that Inspect is given: several at once, PyTorch's own checkpoints, slow ones, and a starter on a phone. Each test has a page of its own.
import { readFileSync } from 'node:fs';
import { AFTER, asFile, BEFORE, chosen, drop, maskFile, place, title } from './inspectPair';
import { expectAccessible, expectNoSidewaysScroll, openStudio } from './studio';
import { expect, test } from './test';

const FIXTURES = new URL('../src/testing/fixtures/checkpoints/', import.meta.url);
const fixture = (name: string): { name: string; mimeType: string; buffer: Buffer } => ({
  name: name.split('/').at(-1)!,
  mimeType: 'application/octet-stream',
  buffer: readFileSync(new URL(name, FIXTURES)),
});

/** In the inspect worker: every read of a long stretch of a file takes its time, headers do not; a message makes it crash. */
const slowReads = `{
  const { prototype } = ReadableStreamBYOBReader;
  const { read } = prototype;
  prototype.read = async function (...given) {
    await new Promise((resolve) => setTimeout(resolve, 500));
    return read.apply(this, given);
  };
  new BroadcastChannel('crash').onmessage = () => {
    throw new Error('out of memory');
  };
}`;

test('takes files given together for what they are, and swaps before and after', async ({ browser }) => {
  const other = await openStudio(browser, '?backend=wasm');
  const there = other.page;
  const mask = asFile(
    'five.safetensors',
    maskFile((entry) => chosen.has(entry)),
  );
  const three = ['a', 'b', 'c'].map((name) => asFile(`${name}.safetensors`, BEFORE));
  // Weights alone are for this view, wherever they fall.
  await drop(there.locator('body'), three);
  await expect(there.getByRole('alert')).toContainText('These are 3 checkpoints: a.safetensors, b.safetensors and');
  await drop(place('Before', there), [asFile('tuned.safetensors', AFTER), mask, asFile('base.safetensors', BEFORE)]);
  await expect(there.getByText(/^8 tensors pair up/)).toBeVisible();
  await expect(place('Before', there)).toContainText('base.safetensors');
  await expect(place('Mask file', there)).toContainText('five.safetensors');
  await expect(there.getByText(/^Taken as base.safetensors \(before\), tuned.safetensors \(after\) and/)).toBeVisible();
  await expectAccessible(there, 'Inspect, files given together');
  await there.getByRole('button', { name: 'Swap before and after' }).click();
  await expect(place('Before', there)).toContainText('tuned.safetensors');
  await expect(place('After', there)).toContainText('base.safetensors');
  await there.getByRole('button', { name: 'Select', exact: true }).click();
  await expect(there.getByRole('region', { name: /^Ours and/ }).getByRole('status')).toHaveText('Equal');
  await other.close();
});

test('opens what PyTorch wrote: shards together, and a mask alone', async ({ browser }) => {
  const other = await openStudio(browser, '?backend=wasm&view=inspect');
  const there = other.page;
  await drop(place('Mask file', there), [{ ...fixture('mask.bin'), name: 'lper0_rper10.bin' }]);
  await expect(title(there)).toContainText('lper0_rper10.bin selects');
  await expect(there.getByRole('region', { name: 'All tensors' })).toBeVisible();
  await there
    .getByLabel('Before: choose files')
    .setInputFiles(
      [1, 2].map((n) => fixture(`shards/pytorch_model-0000${n}-of-00002.bin`)).concat(fixture('shards/config.json')),
    );
  await there
    .getByLabel('After: choose files')
    .setInputFiles(
      ['model-00001-of-00002.safetensors', 'model-00002-of-00002.safetensors', 'model.safetensors.index.json'].map(
        (name) => fixture(`shards/${name}`),
      ),
    );
  await expect(place('After', there)).toContainText('2 shards');
  await expect(there.getByText(/tensors pair up/)).toBeVisible();
  // The band comes with the mask file's name.
  await expect(there.getByText('The percentages come from the name of lper0_rper10.bin.')).toBeVisible();
  await expect(there.getByRole('spinbutton', { name: 'Upper percent, number' })).toHaveValue('10');
  await drop(place('Before', there), [fixture('evil.pt')]);
  await expect(place('Before', there).getByRole('alert')).toContainText('evil.pt');
  await other.close();
});

test('shows how far it is, and stops', async ({ browser }) => {
  const other = await openStudio(browser, '?backend=wasm&view=inspect');
  const there = other.page;
  await there.context().route(/inspect\.worker[^/]*\.js$/, async (route) => {
    const response = await route.fetch();
    await route.fulfill({ response, body: `${slowReads}\n${await response.text()}` });
  });
  const header = Buffer.alloc(128, ' ');
  header.writeBigUInt64LE(120n);
  header.write('{"a.weight":{"dtype":"F32","shape":[2000,2000],"data_offsets":[0,16000000]}}', 8);
  for (const role of ['Before', 'After'] as const) {
    await drop(place(role, there), [{ name: `${role}.safetensors`, buffer: header, zeros: 16e6 }]);
  }
  await there.getByRole('button', { name: 'Select', exact: true }).click();
  const job = there.getByRole('region', { name: 'Selecting' });
  await expect(job.getByRole('progressbar')).toBeVisible();
  await expect(job).toContainText(/Pass 1 of 2, counting magnitudes: .+ of 32\.0\u202fMB/);
  await expectAccessible(there, 'Inspect, under way');
  await job.getByRole('button', { name: 'Cancel' }).click();
  await expect(job).toHaveCount(0);
  await expect(there.getByRole('button', { name: 'Select', exact: true })).toBeEnabled();
  await expect(title(there)).toHaveText('What changed between two checkpoints');

  // A crash takes the worker, not the files.
  await there.getByRole('button', { name: 'Select', exact: true }).click();
  await expect(job).toBeVisible();
  await there.evaluate(() => new BroadcastChannel('crash').postMessage(''));
  const lost = there.getByRole('alert').filter({ hasText: 'Reading the files crashed' });
  await expect(lost).toContainText('Before.safetensors, After.safetensors: still at hand');
  await there.getByRole('button', { name: 'Open them again' }).click();
  await expect(job).toBeVisible();
  await expect(lost).toHaveCount(0);
  await job.getByRole('button', { name: 'Cancel' }).click();
  await expect(job).toHaveCount(0);
  await other.close();
});

test('fits a phone, light and dark, and works with the starter at hand', async ({ browser }) => {
  const other = await openStudio(browser, '?backend=wasm&view=inspect', {
    viewport: { width: 390, height: 844 },
    colorScheme: 'dark',
  });
  const there = other.page;
  await expectNoSidewaysScroll(there, 'Inspect, empty, on a phone');
  await there.getByRole('button', { name: 'the starter, before and after SFT' }).click();
  await there.getByRole('button', { name: 'Select', exact: true }).click();
  await expect(title(there)).toContainText('that changed most');
  await expect(there.getByRole('application').first()).toBeVisible();
  await expectNoSidewaysScroll(there, 'Inspect on a phone');
  await expectAccessible(there, 'Inspect on a phone, dark');
  await other.close();
});
