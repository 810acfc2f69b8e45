// Preference pairs and forgetting data out of the samples, or straight from a file that has pairs already (ALGORITHM §2).
import type { Question } from '../data/dataset';
import { buildPairs, type PairSet, pairsFromFile } from '../data/pairs';
import { hasEnd } from '../tokenizer/special';
import { type Events, notice, type RunContext, responseIds, stage } from './context';
import { promptRecord } from './sampling';

/** Makes `context.pairSet`. Throws Error with what to change when no pair can be made. */
export async function* pairs(context: RunContext): Events {
  const { dataset } = context;
  yield* stage(context, 'pairs', { total: 1, unit: 'passes' }, async function* () {
    const pairSet = dataset.givenPairs ? pairsFromFile(dataset.givenPairs) : pairsFromSamples(context);
    context.pairSet = pairSet;
    if (dataset.givenPairs) yield* reportGivenPairs(context, pairSet);
    const promptIds = new Map(context.questions.map((question, id) => [question.id, id]));
    yield {
      type: 'pairs',
      pairs: pairSet.pairs.map(({ question, ...pair }) => ({ promptId: promptIds.get(question.id)!, ...pair })),
      forgetting: responseIds(context, pairSet.forgetting),
      promptsWithBoth: pairSet.counts.mixedQuestions,
      note: pairSet.note,
    };
    if (pairSet.note) yield notice('warning', 'pairs', pairSet.note);
    if (pairSet.pairs.length === 0) throw new Error(noPairs(pairSet));
  });
}

function pairsFromSamples(context: RunContext): PairSet {
  const { config, dataset, questions, responses, rng } = context;
  const answered = questions.map((question): { question: Question; responses: (readonly number[])[] } => ({
    question,
    responses: [],
  }));
  for (const { promptId, tokens } of responses) answered[promptId]!.responses.push(tokens);
  return buildPairs(answered, rng.fork('pairs'), {
    endIds: dataset.endIds,
    check: dataset.check,
    biasedStyle: config.styleBias ? dataset.hasBiasedStyle : null,
    maxPairs: config.pairsPerPrompt,
  });
}

/** A file's own pairs have no samples: their two sides stand in, so that every view has something to show. */
async function* reportGivenPairs(context: RunContext, { pairs: given, forgetting }: PairSet): Events {
  const { dataset, questions, responses } = context;
  const ids = new Map<string, number>();
  const seen = new Set<string>();
  // Nobody has checked them: chosen over rejected says which is better, not which is right.
  const add = (question: Question, tokens: readonly number[]) => {
    const promptId = ids.get(question.id) ?? questions.push(question) - 1;
    ids.set(question.id, promptId);
    const key = `${promptId}:${tokens.join(',')}`;
    if (seen.has(key)) return;
    seen.add(key);
    responses.push({
      id: responses.length,
      promptId,
      tokens,
      correct: null,
      ended: hasEnd(tokens, dataset.endIds),
      copies: 1,
    });
  };
  for (const { question, chosen } of given) add(question, chosen);
  for (const { question, response } of forgetting) add(question, response);
  yield {
    type: 'samples',
    prompts: questions.map(promptRecord),
    responses: responses.map((record) => ({ ...record })),
  };
}

const noPairs = ({ counts }: PairSet): string =>
  `No preference pair could be made: ${counts.right} right and ${counts.wrong} wrong different answers to ${counts.questions} prompts. ` +
  'Sample more answers per prompt, raise the temperature, or train the SFT model longer.';
