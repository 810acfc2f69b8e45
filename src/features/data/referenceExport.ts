// A run's answers in the reference repository's forms (core/data/referenceRecords.ts). Pure.
import type { TokenText } from '../../components/tokenStripText';
import { type ForgettingRecord, type GenerationRecord, referencePrompt } from '../../core/data/referenceRecords';
import type { RunState } from '../../state/runState';
import type { SnapshotRows } from '../../state/snapshotStore';

type Answers = Pick<RunState, 'prompts' | 'responses'>;

/** Every sample with its check, as often as it was drawn. */
export function generationsOf({ prompts, responses }: Answers, { text }: Pick<TokenText, 'text'>): GenerationRecord[] {
  const promptOf = new Map(prompts.map((prompt) => [prompt.id, prompt]));
  return responses.flatMap(({ promptId, tokens, correct, copies }) => {
    const prompt = promptOf.get(promptId);
    if (!prompt) return [];
    const solution = prompt.gold ? text(prompt.gold) : '';
    const record = { question: prompt.text, solution, prediction: text(tokens), is_correct: correct };
    return Array.from({ length: copies }, () => record);
  });
}

/**
 * The wrong answers that the time line follows, with the weights of the forgetting loss as rewards, the probabilities these were made of where they
 * differ, and the log-probs of its reference from the stage's first snapshot. Answers without a weight or with numbers that do not match their tokens are left out.
 */
export function forgettingOf(
  { prompts, responses, rewardOf, inspected }: Answers & Pick<RunState, 'rewardOf' | 'inspected'>,
  { reference }: Pick<SnapshotRows, 'reference'>,
  { text }: TokenText,
): ForgettingRecord[] {
  const promptOf = new Map(prompts.map((prompt) => [prompt.id, prompt]));
  const responseOf = new Map(responses.map((response) => [response.id, response]));
  // A snapshot's rows: both sides of each followed pair, then the followed answers.
  const first = 2 * (inspected?.pairs.length ?? 0);
  return (inspected?.responses ?? []).flatMap((id, i) => {
    const response = responseOf.get(id);
    const prompt = response && promptOf.get(response.promptId);
    const { rewards, weights } = rewardOf.get(id) ?? {};
    const logps = reference[first + i];
    if (!prompt || !rewards || !weights || logps?.length !== weights.length) return [];
    // A float32 probability may be a hair above 1.
    const probability = Float64Array.from(rewards, (p) => Math.min(1, p));
    const isWeight = weights.some((weight, t) => weight !== rewards[t]);
    return [
      {
        input: referencePrompt(prompt.text),
        output: text(response.tokens),
        reward: Float64Array.from(weights, (weight) => Math.min(1, weight)),
        ref_prob: Float64Array.from(logps, (logp) => Math.min(0, logp)),
        probability: isWeight ? probability : null,
      },
    ];
  });
}
