// Bundles of a run on data from elsewhere, as their models are opened to be asked: whole ones, and ones that lack something or lie.
import { describe, expect, it } from 'vitest';
import { fakeEvents } from '../../testing/fakeRun';
import { tinyLlama } from '../../testing/shapes';
import { floatsPieces } from '../bundle/arrayFiles';
import { PATHS, type RunArchive, runParts } from '../bundle/runParts';
import { type BundlePart, type Pieces, writeBundle } from '../bundle/writeBundle';
import type { RunEvent } from '../events';
import { type ByteSource, bytesSource, FileError } from '../files/byteSource';
import { createRng } from '../rng';
import { createBpeTokenizer } from '../tokenizer/bpe';
import { trainBpe } from '../tokenizer/bpeTraining';
import { createOwnTokenizer } from '../tokenizer/promptTokenizer';
import { openBundledModel } from './bundledModel';
import { sizeOf, tensorSpecs } from './config';

const bpe = createBpeTokenizer(trainBpe(['What is two and two? The answer is four. '.repeat(9)], 300));
const tokenizer = createOwnTokenizer(bpe);
const model = tinyLlama({
  vocabularySize: bpe.vocabulary.length,
  width: 8,
  layers: 1,
  heads: 2,
  kvHeads: 2,
  mlpWidth: 8,
});
const specs = tensorSpecs(model);
const rng = createRng(3, 'weights');
const [sft, aligned] = [1, 2].map(() =>
  specs.map((spec) => Float32Array.from({ length: sizeOf(spec) }, () => rng.normal())),
);
const gold = [...tokenizer.encodeResponse('The answer is four.'), tokenizer.eosId];

function events(): RunEvent[] {
  const begun = [...fakeEvents('started', { preset: 'tiny' })].find((event) => event.type === 'run.started')!;
  const prompt = {
    id: 7,
    family: 'x.jsonl',
    text: 'What is two and two?',
    tokens: tokenizer.wrapPrompt('What is two and two?'),
    gold,
  };
  return [
    {
      ...begun,
      ...{
        model,
        tensors: specs,
        vocabulary: bpe.vocabulary,
        families: ['x.jsonl'],
        alignedFamily: 'x.jsonl',
        hasAnswers: true,
      },
    },
    { type: 'inspected', pairs: [], responses: [], prompts: [prompt] },
  ];
}

async function bundle(
  change: (path: string, pieces: Pieces) => Pieces | null = (_, pieces) => pieces,
): Promise<ByteSource> {
  const archive: RunArchive = {
    log: events().map((event, at) => ({ at, event })),
    ...{ masks: [], updates: [], moments: null, snapshots: [], leftOut: [] },
    weights: [
      { moment: 'sft', read: async () => floatsPieces(specs, sft!) },
      { moment: 'improved', read: async () => floatsPieces(specs, aligned!) },
    ],
    aligned: null,
    tokenizer: await tokenizer.files(),
  };
  const parts: BundlePart[] = [];
  for (const part of runParts(archive)) {
    const pieces = change(part.path, await part.make());
    if (pieces) parts.push({ ...part, make: () => pieces });
  }
  const chunks: Uint8Array[] = [];
  for await (const chunk of writeBundle(parts, { name: 'x', madeAt: new Date(0x18000000000), leftOut: [] }))
    chunks.push(chunk);
  return bytesSource('run.zip', Buffer.concat(chunks));
}

describe('the models of a bundle', () => {
  it('come with their weights, and with what is asked and answered in', async () => {
    const opened = await openBundledModel(await bundle());
    expect(opened.config).toEqual(model);
    expect([...opened.before]).toEqual(specs.map(({ name }, i) => [name, sft![i]]));
    expect([...opened.after]).toEqual(specs.map(({ name }, i) => [name, aligned![i]]));
    const { data } = opened;
    expect(data.encodePrompt('two')).toEqual(tokenizer.wrapPrompt('two'));
    expect(() => data.encodePrompt('two '.repeat(200))).toThrow('at most 127 leave room for an answer');
    expect(data.decode(gold)).toBe('The answer is four.');
    const [question] = data.evaluationQuestions('x.jsonl', 'held-out', 5);
    expect(question!.text).toBe('What is two and two?');
    const answer = (text: string) => [...tokenizer.encodeResponse(text), tokenizer.eosId];
    expect(data.check(question!, answer('Surely the answer is Four'))).toBe(true);
    expect(data.check(question!, answer('The answer is two.'))).toBe(false);
  });

  const text = (value: string): Pieces => [new TextEncoder().encode(value)];
  const at =
    (path: string, put: (pieces: Pieces) => Pieces | null) =>
    (one: string, pieces: Pieces): Pieces | null =>
      one === path ? put(pieces) : pieces;
  const other = createBpeTokenizer(trainBpe(['quite another text '.repeat(9)], 300));
  const broken = specs.map((spec, i) => new Float32Array(sizeOf(spec)).fill(i === 2 ? Number.NaN : 1));

  it.each<[string, (path: string, pieces: Pieces) => Pieces | null, string]>([
    ['no model before', at(PATHS.weights('sft'), () => null), 'does not hold the model before the run'],
    ['no aligned model', at(PATHS.checkpoint, () => null), 'does not hold the aligned model'],
    ['no configuration', at(PATHS.checkpointConfig, () => null), 'has no aligned model'],
    [
      'no tokenizer',
      at('checkpoint/allo_bpe.json', () => null),
      'does not hold the tokenizer of its model. Bundles of',
    ],
    ['a configuration that is none', at(PATHS.checkpointConfig, () => text('{')), 'config.json: is not valid JSON'],
    [
      'the configuration of another model',
      at(PATHS.checkpointConfig, ([bytes]) =>
        text(new TextDecoder().decode(bytes).replace('"hidden_size": 8', '"hidden_size": 16')),
      ),
      'is of another model than the run’s',
    ],
    [
      'another tokenizer',
      at('checkpoint/allo_bpe.json', () => text(JSON.stringify({ merges: other.merges }))),
      'has another tokenizer than',
    ],
    [
      'weights of other shapes',
      at(PATHS.weights('sft'), () => floatsPieces(specs.slice(1), sft!.slice(1))),
      'model.embed_tokens.weight',
    ],
    [
      'weights that are no numbers',
      at(PATHS.checkpoint, () => floatsPieces(specs, broken)),
      'holds what is no finite number',
    ],
  ])('are refused for %s', async (_, change, said) => {
    const opened = bundle(change).then(openBundledModel);
    await expect(opened).rejects.toThrow(FileError);
    await expect(opened).rejects.toThrow(said);
  });
});
