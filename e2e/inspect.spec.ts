// Inspect with real files: a small pair made here, dropped, selected from and compared with mask files; PyTorch's own checkpoints; what is refused; a
// phone's width and the dark theme. Expected numbers are worked out in this file.
import { readFileSync } from 'node:fs';
import type { Locator, Page } from '@playwright/test';
import { openSafetensors, writeSafetensors } from '../src/core/safetensors';
import { expectAccessible, expectNoSidewaysScroll, openStudio, openView, type Studio, tableRows } from './studio';
import { expect, test } from './test';

test.describe.configure({ mode: 'serial' });

const FIXTURES = new URL('../src/testing/fixtures/checkpoints/', import.meta.url);
const fixture = (name: string): { name: string; mimeType: string; buffer: Buffer } => ({
  name: name.split('/').at(-1)!,
  mimeType: 'application/octet-stream',
  buffer: readFileSync(new URL(name, FIXTURES)),
});

/** A small Llama: 2 layers of a few matrices. Every change has another size, so the ranking has no ties. */
const WIDTH = 16;
const SHAPES: readonly (readonly [string, readonly number[]])[] = [
  ['model.embed_tokens.weight', [20, WIDTH]],
  ...[0, 1].flatMap((layer) => [
    [`model.layers.${layer}.self_attn.q_proj.weight`, [WIDTH, WIDTH]] as const,
    [`model.layers.${layer}.mlp.up_proj.weight`, [24, WIDTH]] as const,
    [`model.layers.${layer}.input_layernorm.weight`, [WIDTH]] as const,
  ]),
  ['model.norm.weight', [WIDTH]],
];
const sizeOf = (shape: readonly number[]): number => shape.reduce((product, extent) => product * extent, 1);
const TOTAL = SHAPES.reduce((sum, [, shape]) => sum + sizeOf(shape), 0);

interface Entry {
  tensor: number;
  index: number;
  change: number;
}

/** Change number n is a multiple of 2⁻¹² in an order that jumps about; before and after are exact in float32. */
const entries: Entry[] = SHAPES.flatMap(([, shape], tensor) =>
  Array.from({ length: sizeOf(shape) }, (_, index): Entry => ({ tensor, index, change: 0 })),
);
for (const [n, entry] of entries.entries()) {
  const rank = (n * 761) % TOTAL;
  entry.change = ((rank + 1) / 4096) * (n % 3 === 0 ? -1 : 1);
}
const tensorsOf = (value: (entry: Entry) => number) =>
  SHAPES.map(([name, shape], tensor) => ({
    name,
    shape,
    dtype: 'F32' as const,
    values: Float32Array.from(entries.filter((entry) => entry.tensor === tensor).map(value)),
  }));
const beforeOf = ({ index }: Entry): number => (index % 7) - 3;
const BEFORE = writeSafetensors(tensorsOf(beforeOf));
const AFTER = writeSafetensors(tensorsOf((entry) => beforeOf(entry) + entry.change));

/** The largest 5 %, as the paper ranks them. */
const SELECTED = Math.floor(TOTAL * 0.05);
const ranked = [...entries].sort((a, b) => Math.abs(b.change) - Math.abs(a.change));
const chosen = new Set(ranked.slice(0, SELECTED));
const THRESHOLD = Math.abs(ranked[SELECTED - 1]!.change);
const maskFile = (isOne: (entry: Entry) => boolean) => writeSafetensors(tensorsOf((entry) => (isOne(entry) ? 1 : 0)));

const CONFIG = Buffer.from(
  JSON.stringify({
    model_type: 'llama',
    ...{ vocab_size: 20, hidden_size: WIDTH, intermediate_size: 24, num_hidden_layers: 2, num_attention_heads: 4 },
  }),
);
const asFile = (name: string, bytes: Uint8Array) => ({
  name,
  mimeType: 'application/octet-stream',
  buffer: Buffer.from(bytes),
});

let studio: Studio;
let page: Page;

test.beforeAll(async ({ browser }) => {
  studio = await openStudio(browser, '?backend=wasm&view=inspect', { acceptDownloads: true });
  ({ page } = studio);
});
test.afterAll(() => studio.close());

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

const place = (name: 'Before' | 'After' | 'Mask file' | 'Second mask file', on = page) =>
  on.getByRole('region', { name, exact: true });
const title = (on = page) => on.getByRole('heading', { level: 2 });
const parity = () => page.getByRole('region', { name: /^Ours and/ });

/** Lets files fall on a place, as a hand does; `zeros`: so many bytes after those given. */
async function drop(
  target: Locator,
  files: readonly { name: string; buffer: Buffer; zeros?: number }[],
): Promise<void> {
  const transfer = await target.page().evaluateHandle(
    (given) => {
      const data = new DataTransfer();
      for (const { name, base64, zeros } of given) {
        const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
        data.items.add(new File([bytes, new Uint8Array(zeros)], name));
      }
      return data;
    },
    files.map(({ name, buffer, zeros = 0 }) => ({ name, base64: buffer.toString('base64'), zeros })),
  );
  await target.dispatchEvent('dragover', { dataTransfer: transfer });
  await target.dispatchEvent('drop', { dataTransfer: transfer });
}

test('says what to do while nothing is open, and stands between Neurons and Tokens', async () => {
  await expect(title()).toHaveText('What changed between two checkpoints');
  await expect(page.getByText(/^Drop a model’s checkpoint from before training/)).toBeVisible();
  await expect(page.getByRole('button', { name: 'the starter, before and after SFT' })).toBeVisible();
  const links = page.getByRole('navigation', { name: 'Views' }).getByRole('link');
  const names = await links.allTextContents();
  expect(names.slice(names.indexOf('Neurons'), names.indexOf('Neurons') + 3)).toEqual(['Neurons', 'Inspect', 'Tokens']);
  await expectAccessible(page, 'Inspect, empty');
});

test('lists the headers of what is dropped at once, and pairs two checkpoints', async () => {
  await drop(place('Before'), [asFile('model.safetensors', BEFORE), { name: 'config.json', buffer: CONFIG }]);
  await expect(place('Before')).toContainText('model.safetensors');
  await expect(place('Before')).toContainText(`${SHAPES.length} tensors of F32`);
  const rows = await tableRows(page.getByRole('table', { name: 'Tensors of model.safetensors' }));
  expect(rows[0]).toEqual(['Tensor', 'Type', 'Shape', 'Weights', 'Bytes', 'File', 'Tied to']);
  expect(rows[2]).toEqual([
    ...['model.layers.0.self_attn.q_proj.weight', 'F32', '16 × 16', '256', '1.02\u202fkB'],
    ...['model.safetensors', ''],
  ]);
  await page.getByRole('searchbox', { name: 'Search tensors' }).fill('layers.1.mlp');
  await expect(page.getByText('1 of 8 tensors')).toBeVisible();
  await drop(place('After'), [asFile('tuned.safetensors', AFTER)]);
  await expect(page.getByText(/^8 tensors pair up, 1\u202f?\d+ weights\.$/)).toBeVisible();
  await expect(page.getByText(/^config\.json tells heads apart: Llama, 2 layers, 4 heads/)).toBeVisible();
  await expect(page.getByText(/^Two passes read/)).toBeVisible();
});

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

test('selects exactly, and a cell reads the number of the files', async () => {
  await page.getByRole('button', { name: 'Select', exact: true }).click();
  await expect(title()).toContainText(`${SELECTED} of 1`);
  await expect(title()).toContainText('the 5\u202f% that changed most');
  const text = await page.getByText(/^Requested 5/).innerText();
  expect(text).toContain(THRESHOLD.toPrecision(3));
  expect(text).toContain('no ties');
  const name = 'model.layers.1.mlp.up_proj.weight';
  await page
    .getByRole('button', { name: `Open ${name}` })
    .first()
    .click();
  const matrix = page.getByRole('application', { name: new RegExp(`^${name}`) });
  await matrix.focus();
  await page.keyboard.press('n');
  const readout = page.locator('.matrix-readout');
  await expect(readout).toContainText('■ selected');
  const tensor = SHAPES.findIndex(([one]) => one === name);
  const first = entries.find((entry) => entry.tensor === tensor && chosen.has(entry))!;
  await expect(readout).toContainText(`flat index ${first.index}`);
  const expected = `Δ ${first.change < 0 ? '−' : ''}${Math.abs(first.change).toPrecision(3)}`;
  await expect(readout).toContainText(expected);
  await expect(readout).toContainText(/rank \d+( to [\d\u202f]+)? of 1/);
  // The density of each tensor is its share of the chosen.
  await page.locator('.neurons-side').getByText('Show as table').click();
  const rows = await tableRows(page.getByRole('table', { name: /^Selected weights per tensor/ }));
  const ofTensor = [...chosen].filter((entry) => entry.tensor === tensor).length;
  expect(rows.find(([one]) => one === name)?.[2]).toBe(String(ofTensor));
});

test('shows every layer and leaves nothing out', async () => {
  const layer = page.getByLabel('Layer of the picture');
  for (const name of ['size', 'change', 'before', 'after']) {
    await layer.selectOption(name);
    await expect(page.getByRole('slider', { name: /^Upper end/ })).toBeVisible();
  }
  await layer.selectOption('mask');
  await expect(page.getByRole('figure', { name: 'Concentration of the change' })).toBeVisible();
  await expect(page.getByText(/Not everything could be shown/)).toHaveCount(0);
  await expectAccessible(page, 'Inspect, selected');
});

test('keeps what is there while another view is looked at', async () => {
  await openView(page, 'Run');
  await openView(page, 'Inspect');
  await expect(title()).toContainText('that changed most');
  await expect(page).toHaveURL(/view=inspect/);
});

/** Presses a button that saves a file and gives the bytes. */
async function saved(button: Locator): Promise<Buffer> {
  const [file] = await Promise.all([page.waitForEvent('download'), button.click()]);
  return readFileSync(await file.path());
}

test('saves the mask bit for bit, and finds a mask file equal', async () => {
  const plain = await saved(page.getByRole('button', { name: 'Save mask', exact: true }));
  const file = openSafetensors(new Uint8Array(plain));
  for (const [tensor, [name]] of SHAPES.entries()) {
    const wanted = entries.filter((entry) => entry.tensor === tensor).map((entry) => (chosen.has(entry) ? 1 : 0));
    expect([...file.read(name)].map(Number), name).toEqual(wanted);
  }
  expect((await saved(page.getByRole('button', { name: 'Save packed mask' }))).length).toBeLessThan(plain.length);
  expect((await saved(page.getByRole('button', { name: 'Save densities' }))).toString()).toContain('q_proj');
  await drop(place('Mask file'), [
    asFile(
      'lper0_rper5.safetensors',
      maskFile((entry) => chosen.has(entry)),
    ),
  ]);
  await expect(parity().getByRole('status')).toHaveText('Equal');
  await expect(parity()).toContainText('All bits are equal.');
});

test('names the bits that differ, and a click opens their cell', async () => {
  const [last, next] = [ranked[SELECTED - 1]!, ranked[SELECTED]!];
  const swapped = maskFile((entry) => entry === next || (entry !== last && chosen.has(entry)));
  await drop(place('Mask file'), [asFile('swapped.safetensors', swapped)]);
  await page.getByRole('button', { name: 'Open them' }).click();
  await expect(parity().getByRole('status')).toHaveText('2 bits differ');
  const [name, shape] = SHAPES[next.tensor]!;
  const columns = shape.at(-1)!;
  const row = shape.length > 1 ? Math.floor(next.index / columns) : 0;
  const at = `${name}, row ${row}, column ${next.index % columns}`;
  await parity().getByRole('button', { name: at }).click();
  await expect(page.locator('.matrix-readout')).toContainText(`flat index ${next.index}`);
  await expect(page.locator('.matrix-readout')).toContainText('□ not selected');
  await page.getByLabel('Layer of the picture').selectOption('overlay');
  await expect(page.locator('.matrix-readout')).toContainText('in B only');
  await expectAccessible(page, 'Inspect, compared');
});

test('asks before it lets go of work, and keeps it', async () => {
  await drop(place('After'), [asFile('other.safetensors', AFTER)]);
  const asked = page.getByRole('alertdialog');
  await expect(asked).toContainText('the selection and the comparison with the mask file');
  await asked.getByRole('button', { name: /^Keep/ }).click();
  await expect(title()).toContainText('that changed most');
});

test('counts coarser groups and compares masks, each when asked', async ({ browser }) => {
  const findings = page.getByRole('region', { name: 'Concentration and coarser selections' });
  await expect(findings).toContainText(
    /One pass over both files, and two over its attention tensors, read .+: a moment/,
  );
  await findings.getByRole('button', { name: 'Count them' }).click();
  const groups = await tableRows(findings.getByRole('table', { name: /^What the most changed whole groups/ }));
  // Every row of the matrices and every entry of the vectors; of the attention tensors there are two, with four heads each.
  const rows = SHAPES.reduce((sum, [, shape]) => sum + shape[0]!, 0);
  expect(groups.slice(1).map(([by, taken]) => [by, taken?.replace(/^\d+ of /, '')])).toEqual([
    ['output neuron (row)', String(rows)],
    ['input (column)', String(SHAPES.reduce((sum, [, shape]) => sum + shape.at(-1)!, 0))],
    ['attention head', '8'],
  ]);

  const agreement = page.getByRole('region', { name: 'Agreement' });
  await agreement.getByRole('button', { name: 'Compare the masks' }).click();
  await expect(agreement).toContainText(`A and B share ${SELECTED - 1} weights`);
  await page.getByRole('spinbutton', { name: 'Upper percent, number' }).fill('10');
  await page.getByRole('button', { name: 'Select again' }).click();
  await expect(title()).toContainText('the 10\u202f% that changed most');
  await drop(place('Second mask file'), [
    asFile(
      'five.safetensors',
      maskFile((entry) => chosen.has(entry)),
    ),
  ]);
  await expect(place('Second mask file')).toContainText('five.safetensors');
  await agreement.getByRole('button', { name: 'Compare all masks' }).click();
  const pairs = await tableRows(agreement.getByRole('table', { name: /^IoU of each pair/ }));
  expect(pairs.slice(1).map(([name]) => name?.replace(/^\d\s/, ''))).toEqual([
    ...['ours: most 0-10', 'swapped.safetensors', 'five.safetensors', 'ours: most 0-5'],
  ]);
  await agreement.getByLabel('Mask A').selectOption('most 0-5');
  await agreement.getByLabel('Mask B').selectOption('second');
  await expect(agreement).toContainText(`A and B share ${SELECTED} weights: IoU 1.00,`);
  await agreement.getByRole('button', { name: 'Show the overlay' }).click();
  await expect(page.getByLabel('Layer of the picture')).toHaveValue('overlay');
  await expect(page.getByText(/Not everything could be shown/)).toHaveCount(0);
  await expectAccessible(page, 'Inspect, masks compared');

  // All of it is in the address but the files.
  await expect(page).toHaveURL(/second-file=five\.safetensors.*layer=overlay.*band=0-10.*a=most\+0-5.*b=second/);
  await openView(page, 'Run');
  await page.goBack();
  await expect(page).toHaveURL(/view=inspect.*b=second/);
  const other = await openStudio(browser, new URL(page.url()).search);
  const there = other.page;
  await expect(there.getByRole('status').filter({ hasText: 'This link is about' })).toContainText(
    'model.safetensors (before), tuned.safetensors (after), swapped.safetensors (mask file) and five.safetensors',
  );
  await drop(place('Before', there), [asFile('model.safetensors', BEFORE)]);
  await drop(place('After', there), [asFile('tuned.safetensors', AFTER)]);
  await there.getByRole('button', { name: 'Select', exact: true }).click();
  await expect(title(there)).toContainText('the 10\u202f% that changed most');
  const readout = await page.locator('.matrix-readout').innerText();
  const [flat] = /flat index \d+/.exec(readout) ?? ['no cell'];
  await expect(there.locator('.matrix-readout')).toContainText(flat);
  await other.close();
});

test('says what is wrong with a file, and the rest stays', async () => {
  await drop(place('Before'), [{ name: 'notes.txt', buffer: Buffer.from('nothing of the kind') }]);
  await page.getByRole('button', { name: 'Open them' }).click();
  await expect(place('Before').getByRole('alert')).toContainText('notes.txt: is no safetensors file');
  await expect(place('Before')).toContainText('model.safetensors');
  await expect(title()).toContainText('that changed most');
  await drop(place('Mask file'), [asFile('weights.safetensors', BEFORE)]);
  await page.getByRole('button', { name: 'Open them' }).click();
  await expect(page.getByText(/the value at index 0 is neither 0 nor 1, so this is no mask/).first()).toBeVisible();
  await expect(title()).toContainText('that changed most');
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
