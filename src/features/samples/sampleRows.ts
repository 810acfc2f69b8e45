// The held-out prompts with their greedy answers at a moment of the time line: verdict, what changed, and how it went before and after. Pure.
import { momentLabel } from '../../components/stageNames';
import { differingTokens } from '../../components/tokenStripDiff';
import type { TokenText } from '../../components/tokenStripText';
import type { RunConfig } from '../../core/config';
import type { PromptRecord, SnapshotAnswer } from '../../core/events';
import type { Moment } from '../../state/runState';

export const CHANGES = ['right', 'broke', 'words', 'same', 'first'] as const;
/** Against the moment before: turned right, broke, other words with the same verdict, nothing; "first" where there is none before. */
export type Change = (typeof CHANGES)[number];

export const CHANGE_TEXT: Readonly<Record<Change, string>> = {
  right: 'turned right',
  broke: 'broke',
  words: 'other words',
  same: 'same',
  first: '',
};

export interface SampleRow {
  prompt: PromptRecord;
  answer: SnapshotAnswer;
  change: Change;
  /** Verdict at every moment; null where answers cannot be checked. */
  verdicts: readonly (boolean | null)[];
  /** The answer's tokens, and whether the moment before had them. */
  tokens: readonly { id: number; isNew: boolean }[];
}

const sameTokens = (a: readonly number[], b: readonly number[]): boolean =>
  a.length === b.length && a.every((id, i) => id === b[i]);

export function changeOf(before: SnapshotAnswer | undefined, now: SnapshotAnswer): Change {
  if (!before) return 'first';
  if (now.correct === true && before.correct === false) return 'right';
  if (now.correct === false && before.correct === true) return 'broke';
  return sameTokens(before.tokens, now.tokens) ? 'same' : 'words';
}

/** One row a prompt, in the prompts' order; prompts that the moment did not answer are left out. */
export function sampleRows(prompts: readonly PromptRecord[], moments: readonly Moment[], index: number): SampleRow[] {
  return prompts.flatMap((prompt, i) => {
    const answer = moments[index]?.answers[i];
    if (!answer) return [];
    const before = moments[index - 1]?.answers[i];
    const isNew = before ? differingTokens(before.tokens, answer.tokens).right : [];
    return {
      ...{ prompt, answer, change: changeOf(before, answer) },
      verdicts: moments.map(({ answers }) => answers[i]?.correct ?? null),
      tokens: answer.tokens.map((id, t) => ({ id, isNew: isNew[t] ?? false })),
    };
  });
}

export const ORDERS = [
  { value: 'prompt', label: 'By prompt' },
  { value: 'change', label: 'By what changed' },
  { value: 'wrong', label: 'Wrong first' },
] as const;
export type Order = (typeof ORDERS)[number]['value'];

/** A copy in the wanted order; prompts keep theirs within equals. */
export function sortSamples(rows: readonly SampleRow[], order: Order): SampleRow[] {
  const rank = ({ change, answer }: SampleRow): number =>
    order === 'change' ? CHANGES.indexOf(change) : order === 'wrong' ? Number(answer.correct === true) : 0;
  return [...rows].sort((a, b) => rank(a) - rank(b) || a.prompt.id - b.prompt.id);
}

/** "14 of 24 held-out prompts answered right". */
export function samplesTitle(rows: readonly SampleRow[]): string {
  const checked = rows.filter(({ answer }) => answer.correct !== null);
  if (checked.length === 0) return `${rows.length} held-out prompts answered; no answers are known to check them`;
  return `${checked.filter(({ answer }) => answer.correct).length} of ${checked.length} held-out prompts answered right`;
}

/** "Since Improving, step 4: 2 turned right, 1 broke, 5 in other words." */
export function changesText(
  rows: readonly SampleRow[],
  moment: Moment,
  before: Moment | undefined,
  run: Pick<RunConfig, 'method'>,
): string {
  if (!before) return 'The first moment of the time line: nothing to compare it with.';
  const count = (change: Change): number => rows.filter((row) => row.change === change).length;
  const parts = [
    { n: count('right'), what: 'turned right' },
    { n: count('broke'), what: 'broke' },
    { n: count('words'), what: 'in other words' },
  ].flatMap(({ n, what }) => (n > 0 ? [`${n} ${what}`] : []));
  const since = `Since ${momentLabel(before, run)}: ${parts.length > 0 ? parts.join(', ') : 'nothing changed'}.`;
  // The warm-up only finds the masks: what follows starts where it started.
  const isReset = before.stage === 'warm-up' && moment.stage !== 'warm-up' && moment.step === 0;
  return isReset ? `${since} The warm-up’s weights are thrown away: this stage starts from the SFT weights.` : since;
}

/** The answer's tokens that were not in the one before, as runs of text. */
export function textRuns(row: SampleRow, text: TokenText): { text: string; isNew: boolean }[] {
  const runs: { ids: number[]; isNew: boolean }[] = [];
  for (const { id, isNew } of row.tokens) {
    const last = runs.at(-1);
    if (last?.isNew === isNew) last.ids.push(id);
    else runs.push({ ids: [id], isNew });
  }
  return runs.map(({ ids, isNew }) => ({ text: text.text(ids), isNew })).filter((one) => one.text !== '');
}
