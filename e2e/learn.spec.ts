// Learn: a guess, an experiment that is computed in the page, its verdict; the glossary and its notes; phone and accessibility.
import { guidedJobs } from '../src/core/study/guided';
import { GUIDED } from '../src/core/study/guidedList';
import { resultsOf, type World } from '../src/testing/studyWorld';
import { answerWith } from './recordedStudy';
import { expectAccessible, expectNoSidewaysScroll, openStudio } from './studio';
import { expect, test } from './test';

/** No recorded results for Tiny: everything is computed here. */
const TINY = '?view=learn&scope=tiny';
/** The studio may be served without recorded results, which the browser reports itself. */
const NOT_RECORDED = /study\/manifest\.json|Failed to load resource/;

test('asks for a guess, computes the experiment in the page, and tells what the data say', async ({ browser }) => {
  test.setTimeout(300_000);
  const studio = await openStudio(browser, TINY, { cutTiny: true, expectedErrors: NOT_RECORDED });
  const { page } = studio;
  const item = page.getByRole('listitem').filter({ hasText: 'Train a random 10 % of the weights.' });
  await page.getByRole('button', { name: 'Train a random 10 % of the weights.' }).click();
  await expect(page).toHaveURL(/guided=random-ten/);
  const start = item.getByRole('button', { name: 'See what happens' });
  await expect(start).toBeDisabled();
  await item.getByText('Worse', { exact: true }).click();
  await start.click();
  await expect(page).toHaveURL(/guided=random-ten[+]less/);

  const work = item.getByRole('region', { name: 'Work on this experiment' });
  await expect(work.getByText('DPO, random 10 % · math · seed 1')).toBeVisible();
  await work.getByRole('button', { name: 'Pause' }).click();
  await expect(work).toContainText('paused');
  await work.getByRole('button', { name: 'Resume' }).click();
  await work.getByRole('button', { name: 'Stop' }).click();
  await expect(work).toBeHidden();
  await item.getByRole('button', { name: 'Compute it' }).click();

  const verdict = item.getByRole('region', { name: 'Verdict' });
  await expect(verdict).toBeVisible({ timeout: 240_000 });
  await expect(verdict.getByRole('status')).toContainText(/your guess (was right|was wrong|still stands)/);
  await expect(verdict).toContainText(/Accuracy: DPO, random 10 % .+ %, DPO, top 10 % .+ %; difference .+ points/);
  await expect(work).toBeHidden({ timeout: 120_000 });
  await expect(verdict.getByRole('status')).not.toContainText('So far');
  await expect(page.getByText(/1 of 8/)).toBeVisible();
  await verdict.getByRole('button', { name: /Show as table/ }).click();
  await expect(verdict.getByRole('row')).toHaveCount(4);
  await expectAccessible(page, 'a verdict');

  // Kept: after a reload the verdict stands at once.
  await page.reload();
  await expect(verdict.getByRole('status')).toContainText(/your guess/);
  await expect(page.getByText(/1 of 8/)).toBeVisible();

  // The settings of an arm, to be watched.
  await verdict.getByRole('button', { name: 'DPO, random 10 %' }).click();
  await expect(page).toHaveURL(/preset=tiny/);
  await expect(page).toHaveURL(/arm=dpo-random10/);
  await studio.close();
});

const recorded = (world: World): string =>
  answerWith(
    resultsOf(
      GUIDED.flatMap((each) => guidedJobs(each, 'default', 'math', [1, 2, 3])),
      world,
    ),
  );

test('answers at once from recorded results, against the guess and the paper where the data say so', async ({
  browser,
}) => {
  const beforePage = recorded({ 'DPO, all weights': { accuracy: 97 }, 'DPO, top 10 %': { accuracy: 90 } });
  const studio = await openStudio(browser, '?view=learn&seed=7', { beforePage });
  const { page } = studio;
  const sentence = 'Train all weights instead of the most changed 10 %.';
  await page.getByRole('button', { name: sentence }).press('Enter');
  const item = page.getByRole('listitem').filter({ hasText: sentence });
  await item.getByRole('radio', { name: 'Better' }).focus();
  await page.keyboard.press('Space');
  await page.keyboard.press('ArrowRight');
  await expect(item.getByRole('radio', { name: /About the same/ })).toBeChecked();
  await item.getByRole('button', { name: 'See what happens' }).press('Enter');
  const verdict = item.getByRole('region', { name: 'Verdict' });
  await expect(verdict.getByRole('status')).toHaveText(/Better: your guess was wrong/);
  await expect(verdict).toContainText('Not what the paper says.');
  await expect(verdict).toContainText('Seeds 1, 2, 3; recorded with the studio.');
  await expect(page.getByText('1 of 8 done, 0 guesses right')).toBeVisible();
  await expectAccessible(page, 'a verdict from recorded results');

  // A second guess does not change the record; starting over does, once it is confirmed.
  await item.getByRole('button', { name: 'Guess again' }).click();
  await item.getByText('Better', { exact: true }).click();
  await item.getByRole('button', { name: 'See what happens' }).click();
  await expect(verdict.getByRole('status')).toHaveText(/your guess was right/);
  await expect(page.getByText('1 of 8 done, 0 guesses right')).toBeVisible();
  const guesses = page.getByRole('group', { name: 'Your guesses' });
  await page.getByRole('button', { name: 'Start over' }).click();
  await expect(guesses).toBeFocused();
  await page.getByRole('button', { name: 'Keep them' }).click();
  await expect(guesses).toBeFocused();
  await page.getByRole('button', { name: 'Start over' }).click();
  await page.getByRole('button', { name: 'Forget them' }).click();
  await expect(guesses).toBeFocused();
  await expect(page.getByText('0 of 8 done')).toBeVisible();

  // A seed was chosen: an arm does not take its place unasked.
  const arm = verdict.getByRole('button', { name: 'DPO, all weights' });
  await arm.click();
  await expect(verdict).toContainText('Open DPO, all weights? 1 setting of your own would be lost.');
  await verdict.getByRole('button', { name: 'Keep mine' }).click();
  await expect(arm).toBeFocused();
  await expect(page).toHaveURL(/seed=7/);

  await verdict.getByRole('link', { name: 'These arms in Compare' }).click();
  await expect(page).toHaveURL(/view=compare/);
  await expect(page.getByRole('rowheader', { name: /DPO, all weights/ }).first()).toBeVisible();
  await studio.close();
});

test('explains words on hover, by keyboard and by touch, and finds all of them', async ({ browser }) => {
  const studio = await openStudio(browser, `${TINY}&guided=train-all`, { expectedErrors: NOT_RECORDED });
  const { page } = studio;
  const word = page.getByRole('button', { name: 'DPO', exact: true }).first();
  const note = page.getByRole('tooltip');
  await word.hover();
  await expect(note).toContainText('Makes the chosen answer more likely');
  await page.mouse.move(5, 5);
  await expect(note).toBeHidden();
  await word.focus();
  await expect(note).toBeVisible();
  await expect(word).toHaveAccessibleDescription(/Makes the chosen answer more likely/);
  await expectAccessible(page, 'a word’s note');
  await page.keyboard.press('Escape');
  await expect(note).toBeHidden();
  await expect(word).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(note).toBeVisible();
  await page.keyboard.press('Escape');

  // Coming there by keyboard makes the page scroll, and the note comes along.
  await page.getByRole('searchbox', { name: 'Find a term' }).focus();
  await page.evaluate(() => window.scrollTo(0, document.body.scrollHeight));
  await word.focus();
  await expect(word).toBeInViewport();
  await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
  await expect(note).toBeVisible();
  const gap = async () => {
    const [at, noteAt] = [await word.boundingBox(), await note.boundingBox()];
    return Math.min(Math.abs(noteAt!.y - at!.y - at!.height), Math.abs(at!.y - noteAt!.y - noteAt!.height));
  };
  expect(await gap()).toBeLessThan(10);
  await page.mouse.wheel(0, 60);
  await expect.poll(gap).toBeLessThan(10);
  await page.keyboard.press('Escape');

  await page.getByRole('searchbox', { name: 'Find a term' }).fill('jaccard');
  await expect(page.getByRole('term')).toHaveText(['IoU']);
  await page.getByRole('searchbox', { name: 'Find a term' }).fill('no such word');
  await expect(page.getByText('No term holds')).toBeVisible();
  await studio.close();
});

for (const colorScheme of ['light', 'dark'] as const) {
  test(`fits a phone, ${colorScheme}, and is accessible`, async ({ browser }) => {
    const studio = await openStudio(browser, `${TINY}&guided=style-bias`, {
      ...{ viewport: { width: 390, height: 844 }, hasTouch: true, colorScheme, expectedErrors: NOT_RECORDED },
    });
    const { page } = studio;
    await expect(page.getByRole('button', { name: 'See what happens' })).toBeVisible();
    await expectNoSidewaysScroll(page, 'Learn');
    await expectAccessible(page, 'Learn');
    await page.getByRole('button', { name: 'style', exact: false }).first().scrollIntoViewIfNeeded();
    const word = page.locator('.term').first();
    await word.tap();
    const box = await page.getByRole('tooltip').boundingBox();
    expect(box!.x).toBeGreaterThanOrEqual(0);
    expect(box!.x + box!.width).toBeLessThanOrEqual(390);
    await word.tap({ timeout: 5000 });
    await studio.close();
  });
}
