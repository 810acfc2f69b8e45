// The lab's queue in the built page when something comes between: a worker that crashes, Learn and another tab, a training run beside it.
import { labQuery, openLab, queue, queueHead, resultsSaid, runButton, waitForResults } from './labStudio';
import { cutTinyIn, openView, QUICK, waitForPhase } from './studio';
import { expect, test } from './test';

/** Runs in the worker: it crashes in its first job. */
const CRASH = `{
  const post = self.postMessage.bind(self);
  self.postMessage = (message) => {
    post(message);
    if (message.type !== 'study.progress') return;
    self.postMessage = post;
    setTimeout(() => { throw new Error('out of wires'); });
  };
}`;

test('a worker that crashes fails its job in words; the rest waits and goes on', async ({ browser }) => {
  test.setTimeout(180_000);
  const studio = await openLab(browser, labQuery('3'), { cutTiny: true, expectedErrors: /out of wires/ });
  const { page } = studio;
  let workers = 0;
  await page.context().route(/study\.worker[^/]*\.js$/, async (route) => {
    const response = await route.fetch();
    workers++;
    await route.fulfill({ response, body: `${workers === 1 ? CRASH : ''}\n${cutTinyIn(await response.text())}` });
  });
  await runButton(page).click();
  await expect(queueHead(page)).toHaveText('Paused: 4 jobs to go', { timeout: 30_000 });
  const failed = queue(page).getByRole('list', { name: 'Failed jobs' });
  await expect(failed).toContainText(/DPO, all weights · math · seed 3 failed: The worker of the lab crashed\./);
  await queue(page).getByRole('button', { name: 'Go on' }).click();
  await waitForResults(page, 1);
  await failed.getByRole('button', { name: /^Try again: DPO, all weights/ }).click();
  await expect(queueHead(page)).toBeFocused();
  await expect(failed).toHaveCount(0);
  await waitForResults(page, 5);
  await expect(queueHead(page)).toHaveText('5 jobs done');
  expect(new Set((await resultsSaid(page)).map(({ key }) => key)).size).toBe(5);
  await studio.close();
});

test('neither Learn’s stop nor another tab takes the lab’s queue away', async ({ browser }) => {
  test.setTimeout(180_000);
  const studio = await openLab(browser, labQuery('5'), { cutTiny: true });
  const { page } = studio;
  await runButton(page).click();
  await expect(queueHead(page)).toHaveText('Running: 5 jobs to go');
  await queue(page).getByRole('button', { name: 'Pause' }).click();

  // The guided experiment goes first and alone; its stop drops its own jobs.
  await openView(page, 'Learn');
  const sentence = 'Skip forgetting and improve only.';
  const item = page.getByRole('listitem').filter({ hasText: sentence });
  await page.getByRole('button', { name: sentence }).click();
  await item.getByRole('radio').first().focus();
  await page.keyboard.press('Space');
  await item.getByRole('button', { name: 'See what happens' }).click();
  const work = item.getByRole('region', { name: 'Work on this experiment' });
  await expect(work).toContainText(/[1-5] other jobs? of the lab in the same queue/);
  await work.getByRole('button', { name: 'Stop' }).click();
  await expect(work).toBeHidden();
  await expect(item.locator('.guided-guess')).toBeFocused();
  await openView(page, 'Lab');
  await expect(queueHead(page)).toHaveText(/^Paused: [45] jobs to go$/);
  const [left] = (await queueHead(page).textContent())!.match(/\d jobs/)!;

  // Another tab tells of it, and offers it when this one is closed.
  const other = await page.context().newPage();
  await other.goto(page.url());
  await expect(queueHead(other)).toHaveText(`Another tab works on ${left}`);
  await expect(queue(other).getByRole('button')).toHaveCount(0);
  await page.reload();
  await expect(queueHead(page)).toHaveText(`Paused: ${left} to go`);
  await expect(queueHead(other)).toHaveText(`Paused: ${left} to go`);
  // By keyboard: a tab in the background paints too seldom for a click to find its place before the jobs are done.
  await queue(page).getByRole('button', { name: 'Go on' }).press('Enter');
  await expect(queueHead(other)).toHaveText(/^Another tab works on \d jobs/);
  await queue(page).getByRole('button', { name: 'Stop' }).press('Enter');
  await expect(queue(other)).toHaveCount(0);
  await other.close();
  await studio.close();
});

test('a training run and the queue go on at the same time, and the page says so', async ({ browser }) => {
  test.setTimeout(180_000);
  const studio = await openLab(browser, labQuery('4', QUICK));
  const { page } = studio;
  await runButton(page).click();
  await expect(queueHead(page)).toHaveText(/^Running/);
  await expect(queue(page)).not.toContainText('A training run is going on too');
  await page.getByRole('button', { name: 'Start' }).first().click();
  await expect(queue(page)).toContainText('A training run is going on too');
  await openView(page, 'Run');
  const beside = page.getByText('The lab’s queue is going on too: the two share this machine');
  await expect(beside).toBeVisible();
  await waitForPhase(studio, 'done');
  await expect(beside).toBeHidden();
  await openView(page, 'Lab');
  await waitForResults(page, 1);
  await expect(queue(page)).not.toContainText('A training run is going on too');
  await queue(page).getByRole('button', { name: 'Stop' }).click();
  const [result] = await resultsSaid(page);
  expect(result!.backend).toBe('wasm');
  await studio.close();
});
