// What the finished sections of a run have found, in a point's facts and arrays. What follows from it without work is not saved: the
// section is gone through again, silently.
import type { MaskPurpose, RunEvent } from '../../events';
import { packBits } from '../../masks/packedBits';
import { sizeOf, tensorSpecs } from '../../model/config';
import type { RunContext } from '../context';
import { beforeOf, takeAnswers, takeBefore, takeScores, takeSft } from '../handOver';
import { takesModelAsIs } from '../sft';
import type { ArrayReader, ArrayWriter } from './arrays';
import { endToEnd } from './arrays';
import { type Findings, responseFacts, SECTIONS, type SectionName } from './facts';
import { weightsSum } from './fingerprint';
import { damaged, PointError } from './point';

const isPast = (name: SectionName, now: SectionName): boolean => SECTIONS.indexOf(name) < SECTIONS.indexOf(now);

/** Of the sections before `now`. A run within another (foreign.ts) has its own answers, and nothing else of its own. */
export function keepFindings(context: RunContext, now: SectionName, isWithin: boolean, writer: ArrayWriter): Findings {
  const { responses, dataset } = context;
  const found: Findings = {};
  if (isPast('sampling', now) && !dataset.givenPairs) found.sampling = responses.map(responseFacts);
  // Behind its last step the warm-up’s optimiser is gone, and its sums are here alone.
  if (now === 'warm-up' || now === 'mask') keepGradientSums(context, writer);
  if (isWithin) return found;
  if (isPast('sft', now)) found.sft = keepSft(context, writer);
  if (isPast('before', now)) found.before = keepBefore(context, writer);
  if (isPast('mask', now)) found.masks = keepMasks(context, writer);
  if (context.scores) found.scores = keepScores(context, writer);
  if (isPast('after', now) && context.evaluations.after) found.after = context.evaluations.after;
  return found;
}

/** By weights that never change: their checksum. */
const knownSums = new WeakMap<object, number>();

function keepSft(context: RunContext, writer: ArrayWriter): number | null {
  if (takesModelAsIs(context)) {
    const sum = knownSums.get(context.sft) ?? weightsSum(context.sft);
    knownSums.set(context.sft, sum);
    return sum;
  }
  for (const [name, values] of context.sft) writer.putLasting(`sft/${name}`, values);
  return null;
}

function keepBefore(context: RunContext, writer: ArrayWriter): Findings['before'] & object {
  const { measures, record } = beforeOf(context);
  writer.putLasting('distributions', measures.distributions);
  return { record, drift: measures.drift, examples: measures.examples };
}

function keepGradientSums({ config, gradientSums }: RunContext, writer: ArrayWriter): void {
  if (config.maskScore !== 'gradient') return;
  for (const [name, values] of gradientSums ?? []) writer.putLasting(`gradient sums/${name}`, values);
}

/** By mask, which never changes: its bits. */
const packedMasks = new WeakMap<Uint8Array, Uint8Array>();

function keepMasks({ masks }: RunContext, writer: ArrayWriter): Findings['masks'] & object {
  const found: Findings['masks'] & object = {};
  for (const purpose of ['forgetting', 'improving'] as const) {
    const own = masks[purpose];
    if (!own) continue;
    for (const [name, mask] of own.mask) {
      writer.putLasting(`${purpose} mask/${name}`, () => {
        const bits = packedMasks.get(mask) ?? packBits(mask);
        packedMasks.set(mask, bits);
        return bits;
      });
    }
    found[purpose] = { selected: own.selected, total: own.total };
  }
  return found;
}

/** By the scores, which never change: all rows. */
const packedScores = new WeakMap<object, Float32Array>();

function keepScores({ scores: found, pairSet }: RunContext, writer: ArrayWriter): Findings['scores'] & object {
  const { scores, rewrites, source } = found!;
  writer.putLasting('token scores', () => {
    const values = packedScores.get(scores) ?? endToEnd(scores.flatMap((row) => row ?? []));
    packedScores.set(scores, values);
    return values;
  });
  const places = pairSet!.forgetting.flatMap((item, i): [number, readonly number[]][] => {
    const rewrite = rewrites.get(item);
    return rewrite ? [[i, rewrite]] : [];
  });
  return { source, lengths: scores.map((row) => row?.length ?? -1), rewrites: places };
}

/** A section of the past: `context` gets what it found. `again` does it once more. */
export async function takeFindings(
  context: RunContext,
  name: SectionName,
  { found, arrays }: { found: Findings; arrays: ArrayReader },
  again: () => AsyncIterable<RunEvent> | Iterable<RunEvent>,
): Promise<void> {
  switch (name) {
    case 'sft':
      return restoreSftModel(context, found, arrays, again);
    case 'before':
      return restoreBefore(context, found, arrays);
    case 'sampling':
      return takeAnswers(context, answersOf(context, found.sampling));
    case 'pairs':
    case 'inspect':
      return silently(again());
    case 'warm-up':
      return restoreGradientSums(context, arrays);
    case 'mask':
      return restoreMasks(context, found, arrays);
    case 'token-rewards':
      restoreScores(context, found, arrays);
      return silently(again());
    case 'after':
      if (found.after) context.evaluations.after = found.after;
      return;
    case 'start':
    case 'sft weights':
    case 'forgetting':
    case 'improving':
    case 'end':
  }
}

async function silently(events: AsyncIterable<RunEvent> | Iterable<RunEvent>): Promise<void> {
  for await (const _ of events);
}

async function restoreSftModel(
  context: RunContext,
  found: Findings,
  arrays: ArrayReader,
  again: () => AsyncIterable<RunEvent> | Iterable<RunEvent>,
): Promise<void> {
  if (!takesModelAsIs(context)) return takeSft(context, arrays.weights('sft', context.modelConfig));
  await silently(again());
  if (weightsSum(context.sft) !== found.sft)
    throw new PointError(
      'other run',
      'The saved run is another one: its SFT model had other weights than the one here.',
    );
}

function restoreBefore(context: RunContext, { before }: Findings, arrays: ArrayReader): void {
  if (!before) throw damaged('the first evaluation is missing');
  const { examples, drift, record } = before;
  const tokens = examples.reduce((sum, { response }) => sum + response.length, 0);
  const distributions = arrays.floats('distributions', tokens * context.modelConfig.vocabularySize);
  takeBefore(context, { measures: { examples, distributions, drift }, record });
}

/** The questions are the run's own, drawn again. */
function answersOf({ config, dataset, rng }: RunContext, saved: Findings['sampling']) {
  if (!saved) throw damaged('the sampled answers are missing');
  const questions = dataset.trainingQuestions(config.prompts, rng.fork('prompts'));
  return { questions, responses: saved.map((response, id) => ({ id, ...response })) };
}

/** As far as the warm-up had come to them. */
export function restoreGradientSums(context: RunContext, arrays: ArrayReader): void {
  const [first] = tensorSpecs(context.modelConfig);
  if (arrays.has(`gradient sums/${first!.name}`))
    context.gradientSums = arrays.weights('gradient sums', context.modelConfig);
}

function restoreMasks(context: RunContext, { masks }: Findings, arrays: ArrayReader): void {
  const specs = tensorSpecs(context.modelConfig);
  const read = (purpose: MaskPurpose) =>
    new Map(specs.map((spec) => [spec.name, arrays.mask(`${purpose} mask/${spec.name}`, sizeOf(spec))]));
  if (masks?.forgetting) context.masks.forgetting = { mask: read('forgetting'), ...masks.forgetting };
  if (masks?.improving) context.masks.improving = { mask: read('improving'), ...masks.improving };
}

/** Where the reward model has done its work. */
export function restoreScores(context: RunContext, { scores: saved }: Findings, arrays: ArrayReader): void {
  if (!saved) throw damaged('the token scores are missing');
  const { lengths, rewrites, source } = saved;
  const { forgetting } = context.pairSet!;
  if (lengths.length !== forgetting.length) throw damaged('there are scores of other answers');
  const rows = arrays.rows(
    'token scores',
    lengths.filter((length) => length >= 0),
  );
  const scores = lengths.map((length) => (length < 0 ? null : rows.shift()!));
  takeScores(context, {
    ...{ scores, source },
    rewrites: new Map(rewrites.flatMap(([i, rewrite]) => (forgetting[i] ? [[forgetting[i], rewrite]] : []))),
  });
}
