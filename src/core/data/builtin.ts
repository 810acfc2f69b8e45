// The built-in data set: three task families with noisy annotators, exact checkers and an oracle (RECIPE §2–§4, §7).
// Only prompts whose hash says `train` ever reach training; the style bias itself is applied where pairs are made (pairs.ts).
import type { RunConfig } from '../config';
import { createRng, type Rng } from '../rng';
import { BOS, EOS, PAD, SPECIAL, withoutEnd, wrapPrompt, wrapRewriting } from '../tokenizer/special';
import { copyExample, LONGEST_COPY, lookupExample, reversalExample, type WordPair } from './copyPhase';
import type { Dataset, Example, Question } from './dataset';
import { FAMILIES, FAMILY_NAMES, type FamilyName, taskTokenizer } from './families';
import { h01 } from './h01';
import { gradeErrors, oracleRewrite } from './oracle';
import { questionId } from './questionId';
import { type MeasuredFamily, measuredFamilies } from './skills';
import { splitOf } from './split';
import type { Style, Task } from './task';

/** RECIPE §5: new tokens sampled per answer, EOS counted. */
export const BUILTIN_MAX_NEW_TOKENS = 36;

// Longest prompt and longest solution of any family, in words (RECIPE §2).
const LONGEST_PROMPT = 16;
const LONGEST_SOLUTION = 31;
const MAX_SEQUENCE = Math.max(
  3 + LONGEST_PROMPT + BUILTIN_MAX_NEW_TOKENS,
  4 + LONGEST_COPY.prompt + LONGEST_COPY.response,
);
const MAX_REWRITE_SEQUENCE = 5 + LONGEST_PROMPT + LONGEST_SOLUTION + (2 * BUILTIN_MAX_NEW_TOKENS - 1);

// The mix of the two phases that make the base; the rest are clean solutions (measured: LOG.md). RECIPE §3: that of the noisy ones.
const BASE_SHARES = {
  copy: { copy: 0.3, reversal: 0.55, lookup: 0 },
  lookup: { copy: 0.12, reversal: 0.16, lookup: 0.24 },
} as const;
const FAMILY_SHARES: Readonly<Record<FamilyName, number>> = { math: 0.46, qa: 0.27, instruct: 0.27 };
const IDENTITY_SHARE = 0.2;

// The evaluation prompts are part of the task, not of a run: their seed never changes.
const EVALUATION_SEED = 20240618;
const MAX_DRAWS = 2000;

const tokenizer = taskTokenizer;
const textWords = tokenizer.vocabulary.slice(9);
const encodeResponse = (words: readonly string[]): number[] => [...tokenizer.encodeWords(words), EOS];

/** One style for good per question, so that the gold solution does not depend on who asks. */
function goldStyle(task: Task, text: string): Style {
  return task.styles[Math.floor(h01('gold', text) * task.styles.length)]!;
}

function questionOf(task: Task, family: string): Question {
  const text = task.prompt.join(' ');
  return {
    id: questionId(task.family, text),
    family,
    text,
    prompt: wrapPrompt(tokenizer.encodeWords(task.prompt)),
    gold: encodeResponse(task.solve(goldStyle(task, text))),
  };
}

/** The task behind a question's text, null for a text that is none of its family's. */
function taskOf(families: readonly MeasuredFamily[], question: Question): Task | null {
  const found = families.find(({ name }) => name === question.family);
  const task = found ? FAMILIES[found.family].parse(question.text.split(' ')) : null;
  return task && found!.has(task) ? task : null;
}

function trainingTask(family: FamilyName, rng: Rng): Task {
  for (;;) {
    const task = FAMILIES[family].generate(rng);
    if (splitOf(task.prompt.join(' ')) === 'train') return task;
  }
}

function drawFamily(rng: Rng): FamilyName {
  let rest = rng.next();
  for (const name of FAMILY_NAMES) {
    rest -= FAMILY_SHARES[name];
    if (rest < 0) return name;
  }
  return 'instruct';
}

function solutionExample(noisy: boolean, rng: Rng): Example {
  const task = trainingTask(drawFamily(rng), rng);
  const slips = noisy ? task.drawSlips(rng) : [];
  const response = encodeResponse(task.solve(rng.pick(task.styles), slips));
  return { prompt: wrapPrompt(tokenizer.encodeWords(task.prompt)), response };
}

function baseExample(phase: 'copy' | 'lookup', rng: Rng): Example {
  const makers = { copy: copyExample, reversal: reversalExample, lookup: lookupExample };
  let rest = rng.next();
  for (const [kind, make] of Object.entries(makers)) {
    rest -= BASE_SHARES[phase][kind as keyof typeof makers];
    if (rest < 0) return wordExample(make(textWords, rng));
  }
  return solutionExample(false, rng);
}

const wordExample = ({ prompt, response }: WordPair): Example => ({
  prompt: wrapPrompt(tokenizer.encodeWords(prompt)),
  response: encodeResponse(response),
});

/** A question with an answer its annotator gets wrong: slips are drawn until one shows; some questions never have one. */
function corruptedAnswer(rng: Rng): { task: Task; prediction: string[] } {
  const family = rng.pick(FAMILY_NAMES);
  for (;;) {
    const task = trainingTask(family, rng);
    const style = rng.pick(task.styles);
    for (let attempt = 0; attempt < 20; attempt++) {
      const prediction = task.solve(style, task.drawSlips(rng));
      if (!task.check(prediction)) return { task, prediction };
    }
  }
}

function builtinRewritingExample(rng: Rng): Example {
  const identity = rng.next() < IDENTITY_SHARE;
  const { task, prediction } = corruptedAnswer(rng);
  const shown = identity ? task.solve(rng.pick(task.styles)) : prediction;
  const target = identity ? shown : oracleRewrite(task, shown).words;
  const gold = task.solve(rng.pick(task.styles));
  const prompt = wrapPrompt(tokenizer.encodeWords(task.prompt));
  return {
    prompt: wrapRewriting(prompt, tokenizer.encodeWords(gold), tokenizer.encodeWords(shown)),
    response: encodeResponse(target),
  };
}

/** Different questions of one split, one after the other; ends when new ones have become too rare. Those of a half are in the whole's order. */
function* distinctQuestions(of: MeasuredFamily, split: string, rng: Rng): Generator<Question> {
  const seen = new Set<string>();
  for (let failures = 0; failures < MAX_DRAWS; ) {
    const task = FAMILIES[of.family].generate(rng);
    if (!of.has(task)) continue;
    const text = task.prompt.join(' ');
    if (seen.has(text) || splitOf(text) !== split) {
      failures++;
      continue;
    }
    failures = 0;
    seen.add(text);
    yield questionOf(task, of.name);
  }
}

function take(questions: Generator<Question>, known: Question[], count: number): Question[] {
  while (known.length < count) {
    const next = questions.next();
    if (next.done) break;
    known.push(next.value);
  }
  return known.slice(0, count);
}

function evaluationSequence(families: readonly MeasuredFamily[]): Dataset['evaluationQuestions'] {
  const sequences = new Map<string, { source: Generator<Question>; known: Question[] }>();
  return (family, split, count) => {
    const found = families.find(({ name }) => name === family);
    if (!found) throw new RangeError(`The built-in data has no family “${family}”`);
    const key = `${family}/${split}`;
    const rng = createRng(EVALUATION_SEED, `evaluation/${found.family}/${split}`);
    const sequence = sequences.get(key) ?? { source: distinctQuestions(found, split, rng), known: [] };
    sequences.set(key, sequence);
    return take(sequence.source, sequence.known, count);
  };
}

function encodePrompt(text: string): number[] {
  const ids = tokenizer.encode(text);
  if (ids.length === 0) throw new Error('The prompt is empty');
  const most = MAX_SEQUENCE - BUILTIN_MAX_NEW_TOKENS - 3;
  if (ids.length > most)
    throw new Error(`The prompt has ${ids.length} tokens; at most ${most} leave room for an answer`);
  return wrapPrompt(ids);
}

/**
 * The built-in data set with one family to align, or half of its skills (skills.ts). `styleBias` only shows in the name: the filter of
 * RECIPE §7 belongs to the pairs. `hasBiasedStyle` is true for answers that start with `ok` (instruct: `okay`).
 */
export function createBuiltinDataset(
  alignedFamily: FamilyName,
  { styleBias, skills = 'all' }: Pick<RunConfig, 'styleBias'> & Partial<Pick<RunConfig, 'skills'>>,
): Dataset {
  const biasedId = tokenizer.encodeWords([FAMILIES[alignedFamily].biasedOpener])[0];
  const families = measuredFamilies(alignedFamily, skills);
  const aligned = families.find(({ name }) => name === alignedFamily)!;
  return {
    name: `Built-in tasks, ${alignedFamily}${skills === 'half' ? ', half of the skills' : ''}${styleBias ? ', style bias' : ''}`,
    vocabulary: tokenizer.vocabulary,
    ...{ padId: PAD, bosId: BOS, eosId: EOS, endIds: [EOS], specialIds: SPECIAL.map((_, id) => id) },
    families: families.map(({ name }) => name),
    alignedFamily,
    hasAnswers: true,
    givenPairs: null,
    teacher: 'oracle',
    maxSequence: MAX_SEQUENCE,
    maxRewriteSequence: MAX_REWRITE_SEQUENCE,
    trainingQuestions: (count, rng) => take(distinctQuestions(aligned, 'train', rng), [], count),
    evaluationQuestions: evaluationSequence(families),
    check(question, response) {
      const body = withoutEnd(response, [EOS]);
      const task = taskOf(families, question);
      if (!task) return null;
      return body !== null && task.check(tokenizer.words(body));
    },
    wrongTokens(question, response) {
      const task = taskOf(families, question);
      if (!task) return null;
      const body = withoutEnd(response, [EOS]) ?? response;
      return gradeErrors(oracleRewrite(task, tokenizer.words(body)).wrong, response.length);
    },
    sftExample: (phase, rng) => (phase === 'sft' ? solutionExample(true, rng) : baseExample(phase, rng)),
    rewritingExample: (rng) => builtinRewritingExample(rng),
    rewritingPrompt(question, response) {
      if (!question.gold) return null;
      return wrapRewriting(question.prompt, question.gold.slice(0, -1), withoutEnd(response, [EOS]) ?? response);
    },
    hasBiasedStyle: (response) => response[0] === biasedId,
    encodePrompt,
    decode: tokenizer.decode,
    tokenizerFiles: null,
  };
}
