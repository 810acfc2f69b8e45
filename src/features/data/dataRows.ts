// What the Data view lists: answers grouped by prompt, pairs with the tokens that differ; filtered, searched and counted. Pure.
import { countOf, formatCount, formatShare } from '../../components/format';
import type { TokenText } from '../../components/tokenStripText';
import type { PairRecord, PromptRecord, ResponseRecord } from '../../core/events';
import type { RunState } from '../../state/runState';

export type Verdict = 'all' | 'right' | 'wrong' | 'unfinished' | 'disagree';

/** A file's own verdicts by response id; null where it says nothing. */
export type Told = readonly (boolean | null)[];

/** Does the file's word differ from the answer's verdict? Only where both are known. */
export const disagrees = ({ id, correct }: ResponseRecord, told: Told | undefined): boolean =>
  correct !== null && told?.[id] != null && told[id] !== correct;

export interface PromptAnswers {
  prompt: PromptRecord;
  answers: readonly ResponseRecord[];
  right: number;
  /** Samples, copies included. */
  samples: number;
}

/** One entry a prompt, in the order of sampling. */
export function groupAnswers(prompts: readonly PromptRecord[], responses: readonly ResponseRecord[]): PromptAnswers[] {
  const byPrompt = new Map<number, ResponseRecord[]>();
  for (const response of responses) {
    const mine = byPrompt.get(response.promptId);
    if (mine) mine.push(response);
    else byPrompt.set(response.promptId, [response]);
  }
  return prompts.map((prompt) => {
    const answers = byPrompt.get(prompt.id) ?? [];
    const right = answers.reduce((sum, one) => sum + (one.correct ? one.copies : 0), 0);
    return { prompt, answers, right, samples: answers.reduce((sum, one) => sum + one.copies, 0) };
  });
}

const FITS: Record<Verdict, (response: ResponseRecord, told: Told | undefined) => boolean> = {
  all: () => true,
  right: (response) => response.correct === true,
  wrong: (response) => response.correct === false,
  unfinished: (response) => !response.ended,
  disagree: disagrees,
};

/** Groups with the answers that fit; a prompt that matches the search keeps all of them. Groups left empty are dropped. */
export function filterAnswers(
  groups: readonly PromptAnswers[],
  verdict: Verdict,
  search: string,
  text: Pick<TokenText, 'text'>,
  told?: Told,
): PromptAnswers[] {
  const wanted = search.trim().toLowerCase();
  if (verdict === 'all' && wanted === '') return [...groups];
  return groups.flatMap((group) => {
    const promptFits = group.prompt.text.toLowerCase().includes(wanted);
    const answers = group.answers.filter(
      (one) => FITS[verdict](one, told) && (promptFits || text.text(one.tokens).toLowerCase().includes(wanted)),
    );
    return answers.length > 0 ? [{ ...group, answers }] : [];
  });
}

export function filterPrompts(
  prompts: readonly PromptRecord[],
  search: string,
  text: TokenText,
): readonly PromptRecord[] {
  const wanted = search.trim().toLowerCase();
  if (wanted === '') return prompts;
  return prompts.filter(
    ({ text: prompt, gold }) =>
      prompt.toLowerCase().includes(wanted) || (gold !== null && text.text(gold).toLowerCase().includes(wanted)),
  );
}

export type PairSource = 'all' | PairRecord['chosenSource'];

export function filterPairs(
  pairs: readonly PairRecord[],
  source: PairSource,
  search: string,
  promptOf: ReadonlyMap<number, PromptRecord>,
  text: TokenText,
): readonly PairRecord[] {
  const wanted = search.trim().toLowerCase();
  if (source === 'all' && wanted === '') return pairs;
  return pairs.filter(
    (pair) =>
      (source === 'all' || pair.chosenSource === source) &&
      (wanted === '' ||
        (promptOf.get(pair.promptId)?.text.toLowerCase().includes(wanted) ?? false) ||
        text.text(pair.chosen).toLowerCase().includes(wanted) ||
        text.text(pair.rejected).toLowerCase().includes(wanted)),
  );
}

/** "1 850 different answers to 256 prompts; 52 % of the 2 048 samples are right"; for ready pairs (`given`) whose responses they are. */
export function samplesTitle(responses: readonly ResponseRecord[], prompts: number, given = false): string {
  if (given) return `The file’s chosen and rejected responses to ${countOf(prompts, 'prompt')}`;
  const samples = responses.reduce((sum, one) => sum + one.copies, 0);
  const head = `${countOf(responses.length, 'different answer')} to ${countOf(prompts, 'prompt')}`;
  if (responses.length === 0 || responses.every((one) => one.correct === null)) return head;
  const right = responses.reduce((sum, one) => sum + (one.correct ? one.copies : 0), 0);
  return `${head}; ${formatShare(right / samples)} of the ${formatCount(samples)} samples are right`;
}

/** As `samplesTitle`, then how often the file's word is another: of all samples that both judge. */
export function generationsTitle(prompts: readonly PromptRecord[], responses: readonly ResponseRecord[], told: Told) {
  const count = (fits: (one: ResponseRecord) => boolean): number =>
    responses.reduce((sum, one) => sum + (fits(one) ? one.copies : 0), 0);
  const title = samplesTitle(responses, prompts.length);
  const both = count(({ id, correct }) => correct !== null && told[id] != null);
  if (both === 0) return title;
  const differing = count((one) => disagrees(one, told));
  const agreement =
    differing === 0 ? 'the file agrees on all of them' : `the file says otherwise of ${formatCount(differing)}`;
  return `${title}; ${agreement}`;
}

export function examplesTitle(prompts: readonly PromptRecord[]): string {
  const known = prompts.filter((prompt) => prompt.gold !== null).length;
  if (known === 0) return `${countOf(prompts.length, 'training prompt')}, no answers known`;
  if (known === prompts.length) return `${countOf(known, 'training prompt')}, each with its gold answer`;
  return `${countOf(prompts.length, 'training prompt')}, ${formatCount(known)} with a gold answer`;
}

export function pairsTitle(pairs: NonNullable<RunState['pairs']>): string {
  const prompts = new Set(pairs.pairs.map((pair) => pair.promptId)).size;
  return `${countOf(pairs.pairs.length, 'preference pair')} from ${countOf(prompts, 'prompt')}, ${countOf(pairs.forgetting.length, 'wrong answer')} to forget`;
}

/** Where the chosen responses come from, in one sentence. */
export function pairsCaption(pairs: NonNullable<RunState['pairs']>): string {
  const count = (source: PairRecord['chosenSource']) =>
    pairs.pairs.filter((pair) => pair.chosenSource === source).length;
  if (count('given') > 0) return 'The pairs are given by the imported file.';
  const gold = count('gold');
  const both = `${countOf(pairs.promptsWithBoth, 'prompt')} had both right and wrong answers.`;
  return gold > 0
    ? `${both} In ${countOf(gold, 'pair')} the chosen response is the gold solution instead of a sampled right answer.`
    : `${both} Every chosen response is a sampled right answer, every rejected one a sampled wrong answer to the same prompt.`;
}
