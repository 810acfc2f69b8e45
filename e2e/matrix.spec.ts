// The picture engine in a page of its own, with nothing of the studio around it: one set cell among 45 million is seen and reached, panning
// keeps its frames, and everything can be done without a pointer.
import type { Page } from '@playwright/test';
import { judge } from './clock';
import { bundle, serveBundle } from './harness/bundle';
import type { MatrixPageWindow } from './harness/matrixPage';
import { expectAccessible, expectFineLooks, expectNoSidewaysScroll } from './studio';
import { judgeTasks } from './tasks';
import { expect, test } from './test';

/** As in harness/matrixPage.tsx, which only a browser can load. */
const LONE = { row: 2717, column: 7001 };
const TOP = 22;

let code: Awaited<ReturnType<typeof bundle>>;
test.beforeAll(async () => {
  code = await bundle('./matrixPage.tsx');
});

const matrix = (page: Page) => page.getByRole('application', { name: /rows, .* columns/ }).first();

async function open(page: Page, scene: string): Promise<void> {
  await serveBundle(page, 'matrix', code);
  await page.goto(`matrix/?scene=${scene}`);
  await expect(matrix(page)).toHaveAttribute('aria-busy', 'false', { timeout: 60_000 });
  // All tiles have their colours when a frame has brought no new one for a while.
  await page.waitForTimeout(600);
}

/** Pixels of the large canvas drawn in another than the commonest colour: [x, y] in canvas pixels, gutters left out. */
const oddPixels = (page: Page): Promise<[number, number][]> =>
  matrix(page).evaluate((element, gutterTop) => {
    const canvas = element.querySelector('canvas')!;
    const [left, top] = [Number(element.dataset.gutter) * devicePixelRatio, gutterTop * devicePixelRatio];
    const [width, height] = [canvas.width - left, canvas.height - top];
    const { data } = canvas.getContext('2d')!.getImageData(left, top, width, height);
    const pixels = new Uint32Array(data.buffer);
    const counts = new Map<number, number>();
    for (const pixel of pixels) counts.set(pixel, (counts.get(pixel) ?? 0) + 1);
    const [common] = [...counts].sort(([, a], [, b]) => b - a)[0]!;
    return [...pixels].flatMap((pixel, i): [number, number][] =>
      pixel === common || pixel === 0 ? [] : [[i % width, Math.floor(i / width)]],
    );
  }, TOP);

/** CSS pixels that the row labels take. */
const gutterOf = (page: Page): Promise<number> => matrix(page).evaluate((element) => Number(element.dataset.gutter));

test('one set cell of 4096 × 11008 is visible in the overview, at its place', async ({ page }) => {
  await open(page, 'big');
  const odd = await oddPixels(page);
  expect(odd.length).toBeGreaterThanOrEqual(9);
  const width =
    (await matrix(page).evaluate((element) => element.querySelector('canvas')!.width)) - (await gutterOf(page));
  const scale = width / 11008;
  for (const [x, y] of odd) {
    // Within the block of 64 cells at most that holds it.
    expect(Math.abs(x / scale - LONE.column)).toBeLessThan(80);
    expect(Math.abs(y / scale - LONE.row)).toBeLessThan(80);
  }
});

test('it is reached in at most three zooms, by keyboard only', async ({ page }) => {
  await open(page, 'big');
  await page.keyboard.press('Tab');
  while (!(await matrix(page).evaluate((element) => element === document.activeElement)))
    await page.keyboard.press('Tab');
  await page.keyboard.press('n');
  await expect(page.getByRole('status')).toContainText(`row ${LONE.row}, column ${LONE.column}, value 1`);
  let zooms = 0;
  while (!(await page.getByText(/single cells, \d\d/).isVisible()) && zooms < 5) {
    await page.keyboard.press('Enter');
    zooms++;
    await page.waitForTimeout(400);
  }
  expect(zooms).toBeLessThanOrEqual(3);
  await expect(page.getByText(/^set per row: 1|; set per row: 1, set per column: 1/).first()).toBeVisible();
});

test('it is reached in at most three double clicks', async ({ page }) => {
  await open(page, 'big');
  const gutter = await gutterOf(page);
  for (let zooms = 0; zooms < 3 && !(await page.getByText(/single cells, \d\d/).isVisible()); zooms++) {
    const odd = (await oddPixels(page)).filter(([, y]) => y > 0);
    const [x, y] = odd[Math.floor(odd.length / 2)]!;
    await matrix(page).dblclick({ position: { x: gutter + x + 0.5, y: TOP + y + 0.5 } });
    await page.mouse.move(0, 0);
    await page.keyboard.press('Escape');
    await page.waitForTimeout(700);
  }
  await expect(page.getByText(/single cells, \d\d/)).toBeVisible();
  await page.keyboard.press('n');
  await expect(page.getByRole('status')).toContainText(`row ${LONE.row}, column ${LONE.column}, value 1`);
});

/** Two seconds of dragging in circles: frames, and what they cost. */
async function panAround(page: Page) {
  return matrix(page).evaluate(async (element) => {
    const own = window as MatrixPageWindow;
    own.frameCosts!.length = 0;
    const box = element.getBoundingClientRect();
    const send = (type: string, x: number, y: number) =>
      element.dispatchEvent(
        new PointerEvent(type, {
          bubbles: true,
          pointerId: 7,
          button: 0,
          buttons: 1,
          clientX: box.left + x,
          clientY: box.top + y,
        }),
      );
    const times: number[] = [];
    send('pointerdown', 400, 200);
    const start = performance.now();
    for (let now = start; now - start < 2000; ) {
      now = await new Promise<number>((done) => requestAnimationFrame(() => done(performance.now())));
      times.push(now);
      const turn = ((now - start) / 1000) * Math.PI;
      send('pointermove', 400 + 350 * Math.sin(turn), 200 + 150 * Math.sin(2 * turn));
    }
    send('pointerup', 400, 200);
    await new Promise((done) => setTimeout(done, 200));
    const costs = [...own.frameCosts!].sort((a, b) => a - b);
    return {
      frames: times.length,
      medianCost: costs[Math.floor(costs.length / 2)]!,
    };
  });
}

for (const zooms of [1, 2]) {
  const title = `panning keeps 30 frames a second and no task over 50 ms, after ${zooms} zooms`;
  test(title, { tag: '@timed' }, async ({ page }) => {
    await open(page, 'big');
    await matrix(page).focus();
    for (let i = 0; i < zooms; i++) await page.keyboard.press('Enter');
    await page.waitForTimeout(800);
    await judge(page, async () => {
      const { frames, medianCost } = await panAround(page);
      return [
        { what: 'Panning, frames in two seconds', measured: frames, atLeast: 60 },
        { what: 'Panning, ms of a frame', measured: medianCost, atMost: 4 },
      ];
    });
    await judgeTasks(page, async (part) => {
      await part('panning');
      await panAround(page);
    });
  });
}

test('preparing 45 million cells blocks the page for 50 ms at a time at most', { tag: '@timed' }, async ({ page }) => {
  await judgeTasks(page, () => open(page, 'big'));
});

test('values of both signs, not finite ones, and the domain by keyboard', async ({ page }) => {
  await open(page, 'signed');
  await expect(page.getByText('not finite: 2')).toBeVisible();
  const upper = page.getByRole('slider', { name: 'Upper end, value' });
  const lower = page.getByRole('slider', { name: 'Lower end, value' });
  await upper.focus();
  const before = Number(await upper.getAttribute('aria-valuenow'));
  await page.keyboard.press('PageDown');
  const after = Number(await upper.getAttribute('aria-valuenow'));
  expect(after).toBeLessThan(before);
  // Centred on 0: the other end went along, and what is outside is counted.
  expect(Number(await lower.getAttribute('aria-valuenow'))).toBe(-after);
  await expect(page.getByText(/^above: [1-9]/)).toBeVisible();
  await page.getByRole('radio', { name: 'All', exact: true }).check({ force: true });
  expect(Number(await upper.getAttribute('aria-valuenow'))).toBe(before);
});

test('minimap and keys move the window', async ({ page }) => {
  await open(page, 'big');
  await matrix(page).focus();
  await page.keyboard.press('Enter');
  const minimap = page.getByRole('application', { name: /^Minimap/ });
  await expect(minimap).toHaveAttribute('aria-label', /columns [1-9]\d* to/);
  await minimap.focus();
  for (let i = 0; i < 80; i++) await page.keyboard.press('ArrowLeft');
  await expect(minimap).toHaveAttribute('aria-label', /columns 0 to/);
  const box = (await minimap.boundingBox())!;
  await page.mouse.click(box.x + box.width - 2, box.y + box.height / 2);
  await expect(minimap).toHaveAttribute('aria-label', /to 11007 in sight/);
  await matrix(page).focus();
  await page.keyboard.press('0');
  await expect(minimap).toHaveAttribute('aria-label', /rows 0 to 4095, columns 0 to 11007/);
});

test('the wheel zooms about the pointer, a pinch about its middle', async ({ page }) => {
  await open(page, 'big');
  const gutter = await gutterOf(page);
  const minimap = page.getByRole('application', { name: /^Minimap/ });
  const box = (await matrix(page).boundingBox())!;
  // Without the focus the page keeps the wheel.
  await page.mouse.move(box.x + gutter + 2, box.y + TOP + 2);
  await page.mouse.wheel(0, -400);
  await page.waitForTimeout(400);
  await expect(minimap).toHaveAttribute('aria-label', /columns 0 to 11007/);
  await page.mouse.click(box.x + gutter + 2, box.y + TOP + 2);
  await page.mouse.wheel(0, -400);
  // About a point two pixels from the corner, cell 18: e times as large, cell 18 − 18 / e is at the edge.
  await expect(minimap).toHaveAttribute('aria-label', /rows 11 to 1\d{3}, columns 11 to [34]\d{3} in sight/);
  await page.keyboard.press('0');
  await matrix(page).evaluate((element) => {
    const { left, top } = element.getBoundingClientRect();
    const send = (type: string, pointerId: number, x: number) =>
      element.dispatchEvent(
        new PointerEvent(type, {
          bubbles: true,
          pointerId,
          button: 0,
          buttons: 1,
          clientX: left + x,
          clientY: top + 200,
        }),
      );
    send('pointerdown', 1, 500);
    send('pointerdown', 2, 600);
    for (let step = 1; step <= 10; step++) {
      send('pointermove', 1, 500 - step * 15);
      send('pointermove', 2, 600 + step * 15);
    }
    send('pointerup', 1, 350);
    send('pointerup', 2, 750);
  });
  // From 100 to 400 pixels: four times as large.
  await expect(page.getByText('8 × 8 cells a block')).toBeVisible();
});

test('two fingers zoom as far as they go, one finger pans', async ({ browser }) => {
  const context = await browser.newContext({ viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true });
  const page = await context.newPage();
  await open(page, 'signed');
  await matrix(page).scrollIntoViewIfNeeded();
  const box = (await matrix(page).boundingBox())!;
  const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
  const input = await context.newCDPSession(page);
  const touch = (type: 'touchStart' | 'touchMove' | 'touchEnd', points: number[]) =>
    input.send('Input.dispatchTouchEvent', { type, touchPoints: points.map((at, id) => ({ x: at, y, id })) });
  const pixels = async () => Number(/([\d.]+) px each/.exec((await page.getByText(/px each/).textContent())!)![1]);
  const before = await pixels();
  await touch('touchStart', [x - 15, x + 15]);
  for (let apart = 20; apart <= 45; apart += 5) await touch('touchMove', [x - apart, x + apart]);
  await touch('touchEnd', []);
  // From 30 to 90 pixels: three times as large, as the page writes it in two digits.
  await expect.poll(pixels).toBeGreaterThan(2.8 * before);
  expect(await pixels()).toBeLessThan(3.2 * before);
  expect(await page.evaluate(() => visualViewport!.scale)).toBe(1);
  const minimap = page.getByRole('application', { name: /^Minimap/ });
  const sight = await minimap.getAttribute('aria-label');
  await touch('touchStart', [x]);
  for (let moved = 6; moved <= 60; moved += 6) await touch('touchMove', [x - moved]);
  await touch('touchEnd', []);
  await expect(minimap).not.toHaveAttribute('aria-label', sight!);
  await context.close();
});

test('a picture file has title, axes, colour bar and the plot', async ({ page }) => {
  await open(page, 'signed');
  const { svg, cells } = await page.evaluate(async () => {
    const files = await (window as MatrixPageWindow).exported!();
    const drawn = new DOMParser().parseFromString(files.svg, 'image/svg+xml').documentElement;
    const image = drawn.querySelector('image')!;
    const [left, top, width] = ['x', 'y', 'width'].map((name) => Number(image.getAttribute(name))) as [
      number,
      number,
      number,
    ];
    const bitmap = await createImageBitmap(files.png);
    const context = new OffscreenCanvas(bitmap.width, bitmap.height).getContext('2d')!;
    context.drawImage(bitmap, 0, 0);
    const scale = bitmap.width / Number(drawn.getAttribute('width'));
    /** The colour of a cell's middle; the scene has 48 columns. */
    const colourAt = (row: number, column: number): number[] => {
      const [x, y] = [left + ((column + 0.5) * width) / 48, top + ((row + 0.5) * width) / 48];
      return [...context.getImageData(Math.round(x * scale), Math.round(y * scale), 1, 1).data].slice(0, 3);
    };
    return { svg: files.svg, cells: [colourAt(5, 7), colourAt(6, 7), colourAt(5, 8)] };
  });
  expect(svg).toContain('<title>signed values</title>');
  expect(svg).toContain('>head 3</text>');
  expect(svg).toContain('href="data:image/png;base64,');
  expect(svg).toContain('not finite: 2');
  expect(cells.slice(0, 2)).toEqual([
    [176, 0, 255],
    [176, 0, 255],
  ]);
  expect(cells[2]).not.toEqual(cells[0]);
});

test('is accessible and fits, in both looks', async ({ page }) => {
  await expectFineLooks(page, 'The matrix,', async (fine) => {
    for (const scene of ['signed', 'overlay']) {
      await open(page, scene);
      await fine(scene);
    }
  });
});

test('fits a phone', async ({ page }) => {
  await page.setViewportSize({ width: 390, height: 844 });
  await open(page, 'signed');
  await expectNoSidewaysScroll(page, 'the matrix');
  await expect(page.getByRole('application', { name: /^Minimap/ })).toHaveCount(1);
  // Still fitted when the place for it changes, cursor or not.
  await matrix(page).focus();
  await page.keyboard.press('n');
  await expect(page.getByText('single cells, 4.0 px each')).toBeVisible();
  await page.setViewportSize({ width: 800, height: 844 });
  await expect(page.getByText('single cells, 7.0 px each')).toBeVisible();
  await page.setViewportSize({ width: 390, height: 844 });
  await expectAccessible(page, 'the matrix on a phone');
});
