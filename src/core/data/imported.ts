// A data set from an imported file: one family, on a tokenizer of its own or on a model's, answers checked by the default rule of ALGORITHM §2.
// No oracle: the rewriting teacher is the gold answer; `tokenDifference` (oracle.ts) is the substitute for token rewards.
import type { Rng } from '../rng';
import type { PromptTokenizer } from '../tokenizer/promptTokenizer';
import { withoutEnd } from '../tokenizer/special';
import { isRightAnswer, typedPrompt } from './answers';
import type { Dataset, Example, Question, Split, WrongSample } from './dataset';
import { h01 } from './h01';
import { ImportError, type ParsedFile } from './importCollector';
import { type ImportedQuestion, type ImportOptions, prepareImport } from './importPrepare';

const IDENTITY_SHARE = 0.2;
/** `<fix>` … `<gold>` … `<pred>` … `<out>` against `<user>` … `<bot>`. */
const OWN_FRAME = 2;

/** The fixed order of evaluation questions: by a hash of the prompt, so that a sorted file gives no lopsided sample. */
function evaluationOrder(questions: readonly ImportedQuestion[]): Question[] {
  return questions
    .map(({ question }) => ({ question, hash: h01('evaluation', question.text) }))
    .sort((a, b) => a.hash - b.hash || (a.question.text < b.question.text ? -1 : 1))
    .map(({ question }) => question);
}

type RewritingPrompt = Dataset['rewritingPrompt'];

/** The reward model's prompts, of which prompt and scored response together have at most `most` tokens. */
function rewritingPrompts(tokenizer: PromptTokenizer, most: number): RewritingPrompt {
  const bodyOf = (response: readonly number[]): readonly number[] => withoutEnd(response, tokenizer.endIds) ?? response;
  return (question, response) => {
    if (!question.gold) return null;
    const prompt = tokenizer.wrapRewriting(question.text, bodyOf(question.gold), bodyOf(response));
    return prompt.length + response.length <= most ? prompt : null;
  };
}

/**
 * One (wrong answer → gold) example, or in a fifth of the cases gold → gold. Wrong answers of questions that are not in
 * `trainable`, and sequences over `most` tokens, are never used. Null when nothing is left.
 */
function goldRewritingExample(
  wrongSamples: readonly WrongSample[],
  trainable: ReadonlySet<string>,
  { rewritingPrompt, most }: { rewritingPrompt: RewritingPrompt; most: number },
  rng: Rng,
): Example | null {
  const identity = rng.next() < IDENTITY_SHARE;
  for (let attempt = 0; attempt < 50 && wrongSamples.length > 0; attempt++) {
    const { question, response } = rng.pick(wrongSamples);
    if (!question.gold || !trainable.has(question.text)) continue;
    const prompt = rewritingPrompt(question, identity ? question.gold : response);
    if (prompt && prompt.length + question.gold.length <= most) return { prompt, response: question.gold };
  }
  return null;
}

/**
 * Longest sequence of the reward model: its frame, question, gold answer, prediction and rewrite; beside the frame at most twice a policy
 * sequence. Rarer longer ones get no prompt (null) and fall to the substitute.
 */
function rewriteLimit(questions: readonly ImportedQuestion[], maxSequence: number, tokenizer: PromptTokenizer): number {
  let [question, response] = [0, 0];
  for (const { question: one, responses } of questions) {
    question = Math.max(question, one.prompt.length + (one.gold?.length ?? 0));
    for (const ids of responses) response = Math.max(response, ids.length);
  }
  // Tokens that the rewriting prompt has more than the policy's; two of them take the place of ends that are left out.
  const frame = tokenizer.wrapRewriting('x', [], []).length - tokenizer.wrapPrompt('x').length - OWN_FRAME;
  return Math.min(question + 2 * response + 1, 2 * maxSequence) + Math.max(0, frame);
}

/**
 * A data set from a parsed file. A file whose outputs never say `The answer is` has no answers (`hasAnswers` false): SFT only.
 * Throws ImportError saying what to do when too few prompts are usable, RangeError for an impossible vocabulary size.
 */
export function createImportedDataset(file: ParsedFile, options: ImportOptions): Dataset {
  const { tokenizer, questions } = prepareImport(file, options);
  const trained = questions.filter(({ split }) => split === 'train');
  if (trained.length === 0)
    throw new ImportError(`${options.name} leaves no prompt to train on. Import a larger file.`);
  const hasAnswers = trained.some(({ checkable }) => checkable);
  // Questions that cannot be checked still serve SFT, but not where right and wrong are told apart.
  const usable = (split: Split): ImportedQuestion[] =>
    questions.filter((one) => one.split === split && (one.checkable || !hasAnswers));
  const trainQuestions = usable('train').map(({ question }) => question);
  const evaluation = {
    validation: evaluationOrder(usable('validation')),
    'held-out': evaluationOrder(usable('held-out')),
  };
  const examples = trained.flatMap(({ question, responses }) =>
    responses.map((response): Example => ({ prompt: question.prompt, response })),
  );
  const checkable = new Set(questions.filter((one) => one.checkable).map(({ question }) => question.text));
  const trainable = new Set(trainQuestions.map(({ text }) => text));
  const maxRewriteSequence = Math.min(
    rewriteLimit(questions, options.maxSequence, tokenizer),
    options.maxPositions ?? Number.POSITIVE_INFINITY,
  );
  const rewritingPrompt = rewritingPrompts(tokenizer, maxRewriteSequence);
  return {
    name: options.name,
    vocabulary: tokenizer.vocabulary,
    ...{
      padId: tokenizer.padId,
      bosId: tokenizer.bosId,
      eosId: tokenizer.eosId,
      endIds: tokenizer.endIds,
      specialIds: tokenizer.specialIds,
    },
    families: [options.name],
    alignedFamily: options.name,
    hasAnswers,
    givenPairs:
      file.kind === 'pairs'
        ? trained.flatMap(({ question, pairs }) => pairs.map((pair) => ({ question, ...pair })))
        : null,
    teacher: hasAnswers ? 'gold as rewrite' : null,
    maxSequence: options.maxSequence,
    maxRewriteSequence,
    trainingQuestions: (count, rng) => rng.sample(trainQuestions, count),
    evaluationQuestions(family, split, count) {
      if (family !== options.name) throw new RangeError(`The imported data has no family “${family}”`);
      return evaluation[split].slice(0, count);
    },
    check(question, response) {
      if (!question.gold || !checkable.has(question.text)) return null;
      return isRightAnswer(tokenizer, question.gold, response);
    },
    wrongTokens: () => null,
    sftExample: (phase, rng) => (phase === 'sft' ? rng.pick(examples) : null),
    rewritingExample: (rng, wrongSamples) =>
      goldRewritingExample(wrongSamples, trainable, { rewritingPrompt, most: maxRewriteSequence }, rng),
    rewritingPrompt,
    hasBiasedStyle: () => false,
    encodePrompt: (text) => typedPrompt(tokenizer, text, options.maxSequence),
    decode: tokenizer.decode,
    tokenizerFiles: tokenizer.files,
  };
}
