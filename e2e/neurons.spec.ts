// Neurons after a Tiny run on WASM: by keyboard from the run to one cell, the mask lab's speed on the page, two seeds over each other,
// masks out and in bit for bit, accessibility and a phone's width.
import { readFileSync } from 'node:fs';
import type { Locator, Page } from '@playwright/test';
import { judge } from './clock';
import { expectFineLooks, openStudio, openView, QUICK, type Studio, tableRows, waitForPhase } from './studio';
import { expect, test } from './test';

test.describe.configure({ mode: 'serial' });

let studio: Studio;
let page: Page;

test.beforeAll(async ({ browser }) => {
  studio = await openStudio(browser, `?${QUICK}&autostart=1`, { acceptDownloads: true });
  ({ page } = studio);
  await waitForPhase(studio, 'done');
});
test.afterAll(() => studio.close());

const lab = () => page.getByRole('region', { name: 'Mask lab' });
const agreement = () => page.getByRole('region', { name: 'Agreement' });
const files = () => page.getByRole('region', { name: 'In and out' });

/** Presses Tab until the element has the focus. */
async function tabTo(target: Locator): Promise<void> {
  for (let i = 0; i < 120; i++) {
    if (await target.evaluate((element) => element === document.activeElement)) return;
    await page.keyboard.press('Tab');
  }
  throw new Error('The element cannot be reached with Tab.');
}

test('goes by keyboard from the run to one cell', async () => {
  await page.locator('body').evaluate((body) => {
    body.tabIndex = -1;
    body.focus();
  });
  await tabTo(page.getByRole('navigation', { name: 'Views' }).getByRole('link', { name: 'Neurons', exact: true }));
  await page.keyboard.press('Enter');
  const name = 'model.layers.1.mlp.up_proj.weight';
  const thumb = page.getByRole('button', { name: new RegExp(`Open ${name.replaceAll('.', '\\.')}`) });
  await expect(thumb).toBeVisible();
  await tabTo(thumb.first());
  await page.keyboard.press('Enter');
  const matrix = page.getByRole('application', { name: new RegExp(`^${name}`) });
  await expect(matrix).toBeVisible();
  await tabTo(matrix);
  await page.keyboard.press('n');
  const readout = page.locator('.matrix-readout');
  await expect(readout).toContainText('■ selected');
  await expect(readout).toContainText(/rank \d/);
  await expect(readout).toContainText(/MLP unit|unit/);
  await expect(page).toHaveURL(/tensor=model\.layers\.1\.mlp\.up_proj\.weight/);
});

test('proves that unselected weights stayed where they were', async () => {
  await expect(page.getByText(/^.*0 of [\d\u202f]+ unselected weights moved in forgetting\..*$/)).toBeVisible();
  await expect(page.getByText(/0 of [\d\u202f]+ unselected weights moved in improving\./)).toBeVisible();
});

test('makes a new mask within 200 ms of the slider', async () => {
  const slider = lab().getByRole('slider', { name: 'Upper percent' });
  await slider.focus();
  const moveTo = (percent: number): Promise<number> =>
    page.evaluate(
      (value) =>
        new Promise<number>((resolve) => {
          const input = document.activeElement as HTMLInputElement;
          const began = performance.now();
          Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, 'value')!.set!.call(input, value);
          input.dispatchEvent(new Event('input', { bubbles: true }));
          const look = () => {
            const result = document.querySelector('.neurons-lab-result');
            if (result?.getAttribute('data-settled') === `most 0 ${value}`) resolve(performance.now() - began);
            else setTimeout(look, 1);
          };
          look();
        }),
      String(percent),
    );
  await judge(page, async () => {
    let measured = 0;
    for (const percent of [5.5, 6, 6.5, 7, 7.5]) measured = Math.max(measured, await moveTo(percent));
    return [{ what: 'Slider to mask, ms', measured, atMost: 200 }];
  });
  const result = lab().locator('.neurons-lab-result');
  await expect(result).toContainText('Requested 7.5');
  await expect(result).toContainText(/computed in \d+ ms/);
  await expect(page).toHaveURL(/band=0-7\.5/);
});

test('shows every layer, and what coarser selections would take', async () => {
  const layer = page.getByLabel('Layer of the picture');
  for (const name of ['size', 'change', 'gradient', 'moment', 'improved']) {
    await layer.selectOption(name);
    await expect(page.getByRole('slider', { name: /^Upper end/ })).toBeVisible();
  }
  await layer.selectOption('forgetting');
  const rows = await tableRows(page.getByRole('table', { name: /^What the most changed whole groups/ }));
  expect(rows.map(([head]) => head)).toEqual([
    'Selected by',
    'output neuron (row)',
    'input (column)',
    'attention head',
  ]);
});

/** Presses a button that saves a file and gives the bytes. */
async function saved(button: Locator): Promise<Buffer> {
  const [file] = await Promise.all([page.waitForEvent('download'), button.click()]);
  return readFileSync(await file.path());
}
const download = (button: string): Promise<Buffer> => saved(files().getByRole('button', { name: button, exact: true }));

test('saves atlas, matrix and charts as SVG and PNG', async () => {
  await page.getByLabel('Layer of the picture').selectOption('size');
  const picture = (what: string, kind: 'SVG' | 'PNG') =>
    saved(page.getByRole('button', { name: `Save ${what} as ${kind}`, exact: true }));
  const expected: [string, RegExp[]][] = [
    // Two layers of nine tensors, the embedding and the last norm.
    [
      'the atlas',
      [/(<image .*?){20}/, /<title>model\.layers\.1\.mlp\.up_proj\.weight</, />rank 1</, />not finite: 0</],
    ],
    ['the matrix', [/<title>\|θ′ − θ\|: model\./, />above: \d/, />not finite: 0</, />Run [a-z]+-[a-z]+, /]],
    ['the histogram', [/>selected: [\d\u202f]+</, />\|Δθ\|, logarithmic</]],
    ['the Lorenz curve', [/Gini 0\.\d+/, /<polyline /]],
    ['the churn', [/>already selected</, />by chance</]],
  ];
  for (const [what, patterns] of expected) {
    const svg = (await picture(what, 'SVG')).toString();
    for (const pattern of patterns) expect(svg, what).toMatch(pattern);
    const png = await picture(what, 'PNG');
    expect(png.subarray(1, 4).toString(), what).toBe('PNG');
    const width = Number(/ width="([\d.]+)"/.exec(svg)?.[1]);
    expect(png.readUInt32BE(16), what).toBeGreaterThanOrEqual(2 * width);
  }
  // Chromium lets a page begin ten downloads a second and drops the next one.
  await page.waitForTimeout(1500);
  await page.getByLabel('Layer of the picture').selectOption('forgetting');
  expect((await picture('the atlas', 'SVG')).toString()).toMatch(/>selected weight: [1-9]/);
});

test('has a table and CSV behind the charts', async () => {
  const region = page.getByRole('region', { name: 'Concentration and coarser selections' });
  await region.getByText('Show as table').click();
  const table = region.getByRole('table', { name: /^Share of the squared change/ });
  expect((await tableRows(table)).at(-1)).toEqual(['100\u202f%', '100\u202f%']);
  const csv = await saved(region.getByRole('button', { name: /^Save “Share of the squared change/ }));
  expect(csv.toString()).toMatch(/^Most changed weights,Share of Σ Δ²\r\n0,0\r\n.*\r\n1,1\r\n$/s);
  await expect(
    agreement()
      .getByRole('figure', { name: /^Churn/ })
      .locator('svg.recharts-surface'),
  ).toBeVisible();
});

test('gives a mask back bit for bit, and says what does not fit', async () => {
  for (const button of ['Save mask', 'Save packed mask']) {
    const bytes = await download(button);
    const fileName = `${button.replaceAll(' ', '-')}.safetensors`;
    await files()
      .getByLabel(/Open a mask file/)
      .setInputFiles({ name: fileName, mimeType: 'application/octet-stream', buffer: bytes });
    await expect(files().getByRole('status')).toContainText('weights selected');
    await expect(files().getByRole('table')).toHaveCount(0);
    await agreement().getByLabel('Mask B').selectOption({ label: fileName });
    await agreement().getByLabel('Mask A').selectOption({ index: 0 });
    await expect(agreement().locator('.neurons-agreement')).toContainText('IoU 1.00');
  }
  await files()
    .getByLabel(/Open a mask file/)
    .setInputFiles({ name: 'broken.safetensors', mimeType: 'application/octet-stream', buffer: Buffer.from('no') });
  await expect(files().getByRole('alert')).toBeVisible();
  expect((await download('Save densities')).toString()).toMatch(
    /^tensor,kind,layer,rows,columns,selected,density,rank\r\n/,
  );
});

test('lays the masks of two seeds over each other', async () => {
  await page.getByRole('button', { name: 'New seed', exact: true }).first().click();
  await waitForPhase(studio, 'done', { runs: 2 });
  await openView(page, 'Neurons');
  const options = await agreement().getByLabel('Mask B').locator('option').allTextContents();
  const other = options.filter((label) => label.endsWith(': forgetting')).at(-1) as string;
  await agreement().getByLabel('Mask B').selectOption({ label: other });
  await agreement().getByRole('button', { name: 'Show the overlay' }).click();
  await expect(page.getByLabel('Layer of the picture')).toHaveValue('overlay');
  await expect(agreement().locator('.neurons-agreement')).toContainText(/IoU 0\.\d+, by chance 0\.\d+/);
  await agreement().getByText('Agreement by tensor').click();
  // Two layers of nine tensors, the embedding and the last norm, under the heading.
  expect((await tableRows(agreement().getByRole('table', { name: 'Intersection over union of A and B' }))).length).toBe(
    21,
  );
});

test('is accessible and fits, in both looks', async () => {
  await expectFineLooks(page, 'Neurons,', async (fine) => {
    for (const layer of ['forgetting', 'change', 'overlay']) {
      await page.getByLabel('Layer of the picture').selectOption(layer);
      await fine(layer);
    }
  });
});

test('a link shows the same cell, colours and pair to somebody else, and says what is not there', async ({
  browser,
}) => {
  await page.getByLabel('Layer of the picture').selectOption('change');
  await page.getByRole('radio', { name: 'Per tensor' }).check({ force: true });
  await page.getByRole('radio', { name: 'By density' }).check({ force: true });
  await page.getByLabel('Filter').fill('proj');
  await page.getByRole('button', { name: 'Lock', exact: true }).click();
  const matrix = page.getByRole('application', { name: /^model\..* rows/ });
  await matrix.focus();
  await page.keyboard.press('n');
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL(/place=.*cell=/);
  await expect(page).toHaveURL(/b=[a-z]+-[a-z]+\+%28math%2C\+seed\+7%29%3A\+forgetting/);
  await expect(page.locator('.matrix-readout')).toContainText('selected');
  const readout = async (from: Page) => (await from.locator('.matrix-readout').textContent())?.split('; ')[0];
  const here = { readout: await readout(page), url: new URL(page.url()).searchParams };
  // The second run had another seed: its settings are those of the link.
  const other = await openStudio(browser, `?${here.url}&autostart=1`);
  await waitForPhase(other, 'done');
  await expect(other.page.getByRole('button', { name: 'Locked', exact: true })).toBeVisible();
  await expect(other.page.getByLabel('Layer of the picture')).toHaveValue('change');
  await expect(other.page.getByRole('radio', { name: 'By density' })).toBeChecked();
  await expect(other.page.getByLabel('Filter')).toHaveValue('proj');
  await expect(other.page.getByText(/^There is no mask “.*” here; another one is compared\./)).toBeVisible();
  await expect.poll(() => readout(other.page)).toBe(here.readout);
  const there = new URL(other.page.url()).searchParams;
  for (const name of ['tensor', 'cell', 'place', 'ends', 'lock', 'domains', 'order', 'b'])
    expect([name, there.get(name)]).toEqual([name, here.url.get(name)]);
  await other.close();
});
