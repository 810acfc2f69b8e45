// Try it: one prompt answered by the SFT model and by the present model, token by token with probabilities.
import type { AnswerData, Question } from './data/dataset';
import { generate } from './model/generate';
import type { Model } from './model/model';
import { createRng } from './rng';
import { argmax, sampleToken, temperatureProbabilities } from './sampler';

export interface AnswerOptions {
  /** 0 = greedy. */
  temperature: number;
  seed: number;
}

export interface AnswerToken {
  id: number;
  text: string;
  /** Probability at T = 1. */
  probability: number;
  /** Best alternatives, best first. */
  top: readonly { text: string; probability: number }[];
}

export interface AnswerResult {
  tokens: readonly AnswerToken[];
  text: string;
  correct: boolean | null;
}

export interface AnswerPair {
  before: AnswerResult;
  after: AnswerResult;
}

const ALTERNATIVES = 5;

/** Answers with both models. Throws Error naming an unknown word or a prompt that is too long. */
export async function answerBoth(
  sft: Model,
  model: Model,
  dataset: AnswerData,
  prompt: string,
  options: AnswerOptions & { maxNewTokens: number },
): Promise<AnswerPair> {
  const ids = dataset.encodePrompt(prompt.trim());
  return {
    before: await answerOne(sft, dataset, prompt.trim(), ids, options),
    after: await answerOne(model, dataset, prompt.trim(), ids, options),
  };
}

async function answerOne(
  model: Model,
  dataset: AnswerData,
  text: string,
  prompt: number[],
  options: AnswerOptions & { maxNewTokens: number },
): Promise<AnswerResult> {
  const stream = createRng(options.seed, 'answer');
  const tokens: AnswerToken[] = [];
  const choose = (_: number, logits: Float32Array): number => {
    const { temperature } = options;
    const id = temperature === 0 ? argmax(logits) : sampleToken(logits, { temperature, topP: 1 }, stream.next());
    const probabilities = temperatureProbabilities(logits, 1);
    const best = [...probabilities.keys()]
      .sort((a, b) => probabilities[b]! - probabilities[a]! || a - b)
      .slice(0, ALTERNATIVES);
    const shown = (token: number) => dataset.vocabulary[token] ?? `#${token}`;
    tokens.push({
      id,
      text: shown(id),
      probability: probabilities[id]!,
      top: best.map((token) => ({ text: shown(token), probability: probabilities[token]! })),
    });
    return id;
  };
  const room = Math.min(options.maxNewTokens, model.config.maxPositions - prompt.length);
  const decoding = generate(model, [prompt], {
    maxNewTokens: room,
    endIds: dataset.endIds,
    padId: dataset.padId,
    choose,
  });
  for (;;) {
    const step = await decoding.next();
    if (!step.done) continue;
    const response = step.value[0]!;
    const question = questionFor(dataset, text, prompt);
    return { tokens, text: dataset.decode(response), correct: question ? dataset.check(question, response) : null };
  }
}

/** The question a typed prompt is, in whichever family its checker knows it. */
function questionFor(dataset: AnswerData, text: string, prompt: number[]): Question | null {
  for (const family of dataset.families) {
    const known = dataset.evaluationQuestions(family, 'held-out', 400).find((question) => question.text === text);
    if (known) return known;
    const question = { id: `typed/${text}`, family, text, prompt, gold: null };
    if (dataset.teacher === 'oracle' && dataset.check(question, []) !== null) return question;
  }
  return null;
}

/** Held-out questions to try: `count` of the aligned family, a third as many of each other. */
export function suggestedPrompts(
  { families, alignedFamily, evaluationQuestions }: AnswerData,
  count: number,
): { text: string; family: string }[] {
  return families.flatMap((family) => {
    const share = family === alignedFamily ? count : Math.ceil(count / 3);
    return evaluationQuestions(family, 'held-out', share).map(({ text }) => ({ text, family }));
  });
}
