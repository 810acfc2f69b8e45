// Inspect with real files: a small pair, dropped, selected from and compared with mask files, and what is refused. Expected numbers are worked out
// here and in inspectPair.ts.
import { readFileSync } from 'node:fs';
import type { Locator, Page } from '@playwright/test';
import { openSafetensors } from '../src/core/safetensors';
import {
  AFTER,
  asFile,
  BEFORE,
  CONFIG,
  chosen,
  drop,
  entries,
  maskFile,
  place,
  ranked,
  SELECTED,
  SHAPES,
  THRESHOLD,
  title,
} from './inspectPair';
import { expectAccessible, openStudio, openView, type Studio, tableRows } from './studio';
import { expect, test } from './test';

test.describe.configure({ mode: 'serial' });

let studio: Studio;
let page: Page;

test.beforeAll(async ({ browser }) => {
  studio = await openStudio(browser, '?backend=wasm&view=inspect', { acceptDownloads: true });
  ({ page } = studio);
});
test.afterAll(() => studio.close());

const parity = () => page.getByRole('region', { name: /^Ours and/ });

test('says what to do while nothing is open, and stands between Neurons and Tokens', async () => {
  await expect(title(page)).toHaveText('What changed between two checkpoints');
  await expect(page.getByText(/^Drop a model’s checkpoint from before training/)).toBeVisible();
  await expect(page.getByRole('button', { name: 'the starter, before and after SFT' })).toBeVisible();
  const links = page.getByRole('navigation', { name: 'Views' }).getByRole('link');
  const names = await links.allTextContents();
  expect(names.slice(names.indexOf('Neurons'), names.indexOf('Neurons') + 3)).toEqual(['Neurons', 'Inspect', 'Tokens']);
  await expectAccessible(page, 'Inspect, empty');
});

test('lists the headers of what is dropped at once, and pairs two checkpoints', async () => {
  await drop(place('Before', page), [asFile('model.safetensors', BEFORE), { name: 'config.json', buffer: CONFIG }]);
  await expect(place('Before', page)).toContainText('model.safetensors');
  await expect(place('Before', page)).toContainText(`${SHAPES.length} tensors of F32`);
  const rows = await tableRows(page.getByRole('table', { name: 'Tensors of model.safetensors' }));
  expect(rows[0]).toEqual(['Tensor', 'Type', 'Shape', 'Weights', 'Bytes', 'File', 'Tied to']);
  expect(rows[2]).toEqual([
    ...['model.layers.0.self_attn.q_proj.weight', 'F32', '16 × 16', '256', '1.02\u202fkB'],
    ...['model.safetensors', ''],
  ]);
  await page.getByRole('searchbox', { name: 'Search tensors' }).fill('layers.1.mlp');
  await expect(page.getByText('1 of 8 tensors')).toBeVisible();
  await drop(place('After', page), [asFile('tuned.safetensors', AFTER)]);
  await expect(page.getByText(/^8 tensors pair up, 1\u202f?\d+ weights\.$/)).toBeVisible();
  await expect(page.getByText(/^config\.json tells heads apart: Llama, 2 layers, 4 heads/)).toBeVisible();
  await expect(page.getByText(/^Two passes read/)).toBeVisible();
});

test('selects exactly, and a cell reads the number of the files', async () => {
  await page.getByRole('button', { name: 'Select', exact: true }).click();
  await expect(title(page)).toContainText(`${SELECTED} of 1`);
  await expect(title(page)).toContainText('the 5\u202f% that changed most');
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
  await expect(title(page)).toContainText('that changed most');
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
  await drop(place('Mask file', page), [
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
  await drop(place('Mask file', page), [asFile('swapped.safetensors', swapped)]);
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
  await drop(place('After', page), [asFile('other.safetensors', AFTER)]);
  const asked = page.getByRole('alertdialog');
  await expect(asked).toContainText('the selection and the comparison with the mask file');
  await asked.getByRole('button', { name: /^Keep/ }).click();
  await expect(title(page)).toContainText('that changed most');
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
  await expect(title(page)).toContainText('the 10\u202f% that changed most');
  await drop(place('Second mask file', page), [
    asFile(
      'five.safetensors',
      maskFile((entry) => chosen.has(entry)),
    ),
  ]);
  await expect(place('Second mask file', page)).toContainText('five.safetensors');
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
  await drop(place('Before', page), [{ name: 'notes.txt', buffer: Buffer.from('nothing of the kind') }]);
  await page.getByRole('button', { name: 'Open them' }).click();
  await expect(place('Before', page).getByRole('alert')).toContainText('notes.txt: is no safetensors file');
  await expect(place('Before', page)).toContainText('model.safetensors');
  await expect(title(page)).toContainText('that changed most');
  await drop(place('Mask file', page), [asFile('weights.safetensors', BEFORE)]);
  await page.getByRole('button', { name: 'Open them' }).click();
  await expect(page.getByText(/the value at index 0 is neither 0 nor 1, so this is no mask/).first()).toBeVisible();
  await expect(title(page)).toContainText('that changed most');
});
