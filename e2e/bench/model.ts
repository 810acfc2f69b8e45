// `npm run bench:model`: a few ALLO updates of every stage on random weights of a real model's shape, on made-up pairs, through the same pipeline as
// any run: seconds a step and a stage, the longest time in which a run could not be paused, and memory and time against their estimates.
//   --shape smollm2-135m|gpt2|pythia-70m|small  --steps N (2)  --batch-tokens N (256)  --backend wasm|webgpu  --json
// Exits with 1 where the run does not fit, with words for what would have to shrink.
import { parseArgs } from 'node:util';
import { headlessBackend } from '../../src/cli/backend';
import { runCommand } from '../../src/cli/fail';
import { createImportedDataset } from '../../src/core/data/imported';
import { parseImport } from '../../src/core/data/importFile';
import { type Distribution, previewImport } from '../../src/core/data/importPreview';
import type { RunEvent } from '../../src/core/events';
import { backendBytes, fitMemory, fitText } from '../../src/core/memoryFit';
import { type ModelConfig, parameterCount, sizeOf, tensorSpecs } from '../../src/core/model/config';
import { parseHfConfig } from '../../src/core/model/hf';
import { parseConfig } from '../../src/core/parseConfig';
import { broughtSettings } from '../../src/core/presets';
import { createRng } from '../../src/core/rng';
import { estimateSeconds } from '../../src/state/estimate';

const LLAMA = { model_type: 'llama', hidden_act: 'silu', rms_norm_eps: 1e-5, tie_word_embeddings: true };
/** As their config.json have them. */
const SHAPES: Readonly<Record<string, object>> = {
  'smollm2-135m': {
    ...{ ...LLAMA, vocab_size: 49152, hidden_size: 576, intermediate_size: 1536, num_hidden_layers: 30 },
    ...{ num_attention_heads: 9, num_key_value_heads: 3, max_position_embeddings: 8192, rope_theta: 100000 },
  },
  gpt2: { model_type: 'gpt2', vocab_size: 50257, n_positions: 1024, n_embd: 768, n_head: 12, n_layer: 12 },
  'pythia-70m': {
    ...{ model_type: 'gpt_neox', vocab_size: 50304, hidden_size: 512, intermediate_size: 2048, num_hidden_layers: 6 },
    ...{ num_attention_heads: 8, max_position_embeddings: 2048, use_parallel_residual: true, rotary_pct: 0.25 },
  },
  small: {
    ...{ ...LLAMA, vocab_size: 4096, hidden_size: 192, intermediate_size: 512, num_hidden_layers: 4 },
    ...{ num_attention_heads: 6, num_key_value_heads: 2, max_position_embeddings: 512, rope_theta: 10000 },
  },
};

/** Uniform with N(0, 0.02)'s spread; norms 1, biases 0. How good a model is does not change what a step costs. */
function randomWeights(config: ModelConfig): Map<string, Float32Array> {
  const rng = createRng(1, 'bench model');
  const width = 2 * 0.02 * Math.sqrt(3);
  return new Map(
    tensorSpecs(config).map((spec) => {
      const values = new Float32Array(sizeOf(spec));
      if (/(norm|ln_\w+)\.weight$/.test(spec.name)) values.fill(1);
      else if (!spec.name.endsWith('.bias')) {
        const stream = rng.fork(spec.name);
        for (let i = 0; i < values.length; i++) values[i] = (stream.next() - 0.5) * width;
      }
      return [spec.name, values];
    }),
  );
}

async function madeUpPairs(config: ModelConfig) {
  const lines = Array.from({ length: 40 }, (_, i) => {
    const said = `Number ${i} is followed by number ${i + 1}, and that one by number ${i + 2}.`;
    return { prompt: `What comes after ${i}?`, chosen: said, rejected: said.replace('followed', 'preceded') };
  });
  const file = await parseImport(lines.map((line) => JSON.stringify(line)).join('\n'), 'pairs');
  const options = { name: 'pairs', vocabularySize: Math.min(400, config.vocabularySize), maxSequence: 128 };
  return { dataset: createImportedDataset(file, options), preview: previewImport(file, options) };
}

const lengthsOf = ({ median, max }: Distribution) => ({ median, longest: max });

/** Bytes that TensorFlow.js asked of the wasm heap and has not given back, at most, since `reset`; null on other backends. */
async function heapWatch(): Promise<{ most(): number | null; reset(): void }> {
  const { tf } = await import('../../src/core/tf');
  if (tf.getBackend() !== 'wasm') return { most: () => null, reset: () => {} };
  const { wasm: glue } = tf.backend() as unknown as { wasm: Record<'_malloc' | '_free', (n: number) => number> };
  const sizes = new Map<number, number>();
  const { _malloc: malloc, _free: free } = glue;
  let [now, most] = [0, 0];
  glue._malloc = (bytes) => {
    const at = malloc(bytes);
    if (at !== 0) {
      sizes.set(at, bytes);
      now += bytes;
      most = Math.max(most, now);
    }
    return at;
  };
  glue._free = (at) => {
    now -= sizes.get(at) ?? 0;
    sizes.delete(at);
    return free(at);
  };
  return {
    most: () => most,
    reset: () => {
      most = now;
    },
  };
}

interface StageRow {
  stage: string;
  /** Of the updates after the first, which also makes what is kept. */
  secondsPerStep: number | null;
  seconds: number;
  /** Of its units of work, which pausing waits for. */
  longestUnit: number;
  heldBytes: number | null;
  /** On wasm: of the heap, which is reserved before the start, what tensors took at most. */
  tensorBytes: number | null;
}

async function main(): Promise<void> {
  const { values: options } = parseArgs({
    options: {
      shape: { type: 'string', default: 'smollm2-135m' },
      steps: { type: 'string', default: '2' },
      'batch-tokens': { type: 'string', default: '256' },
      backend: { type: 'string', default: 'wasm' },
      json: { type: 'boolean', default: false },
    },
  });
  const json = SHAPES[options.shape];
  if (!json) throw new Error(`“${options.shape}” is no shape: there are ${Object.keys(SHAPES).join(', ')}.`);
  const model = parseHfConfig(json);
  const parameters = parameterCount(model);
  const backend = await headlessBackend(options.backend);
  const { dataset, preview } = await madeUpPairs(model);
  const file = {
    ...{ vocabularySize: model.vocabularySize, kind: preview.kind, records: preview.records },
    ...{ promptTokens: lengthsOf(preview.promptTokens), responseTokens: lengthsOf(preview.responseTokens) },
  };
  const steps = options.steps;
  const { config, problems } = parseConfig({
    ...broughtSettings({ parameters, config: model }, { longestAnswer: 8, longestPrompt: 16, sequence: 60 }),
    ...{ warmupSteps: steps, forgettingSteps: steps, improvingSteps: steps, rewardSteps: 0 },
    ...{ batchTokens: options['batch-tokens'], maxNewTokens: 4, heldOutPrompts: 10, klPrompts: 10 },
  });
  if (problems.length > 0) throw new Error(problems.map(({ message }) => message).join(' '));

  const { estimateMemory } = await import('../../src/core/memoryUse');
  const { givenConfig } = await import('../../src/core/model/fromRun');
  const used = givenConfig({ name: options.shape, config: model, weights: new Map() }, dataset);
  const fit = fitMemory(
    config,
    (one) =>
      estimateMemory(one, used, {
        ...{ dataset, rng: createRng(1, 'lengths'), backend: backend.name },
        ...{ trainsSft: false, trainsRewards: false },
      }),
    { bytes: backendBytes(backend.name) ?? Number.POSITIVE_INFINITY, longestPair: 128 },
  );
  if (fit.status !== 'fits') throw new Error(fitText(fit, config)!);

  const { createRun } = await import('../../src/core/run');
  const given = { name: options.shape, config: model, weights: randomWeights(model) };
  const loadStarter = () => Promise.reject(new Error('no starter'));
  const run = createRun({ config, dataset, given, backend, loadStarter });
  const heap = await heapWatch();
  const rows: StageRow[] = [];
  const times = new Map<string, number[]>();
  const started = performance.now();
  const seconds = () => ((performance.now() - started) / 1000).toFixed(0);
  let [asked, longestUnit] = [performance.now(), 0];
  for await (const event of run.events()) {
    longestUnit = Math.max(longestUnit, (performance.now() - asked) / 1000);
    tell(event);
    asked = performance.now();
  }
  const report = {
    ...{ shape: options.shape, parameters, backend: backend.label, batchTokens: config.batchTokens },
    ...{ recompute: config.recompute, estimate: fit.estimate, stages: rows },
    estimatedSeconds: estimateSeconds(config, backend, null, { model: { config: model, parameters }, file }),
    mostProcessBytes: process.resourceUsage().maxRSS * 1024,
    seconds: (performance.now() - started) / 1000,
  };
  if (options.json) process.stdout.write(`${JSON.stringify(report)}\n`);
  else process.stdout.write(`${textOf(report)}\n`);
  run.dispose();

  function tell(event: RunEvent): void {
    // The reservation itself is behind.
    if (event.type === 'run.started') heap.reset();
    if (event.type === 'stage.started') process.stderr.write(`${seconds()} s: ${event.stage}\n`);
    if (event.type === 'step') {
      times.set(event.stage, [...(times.get(event.stage) ?? []), event.milliseconds]);
      process.stderr.write(
        `${seconds()} s: ${event.stage} ${event.step}/${event.total}, loss ${event.metrics.loss.toFixed(6)}, ${event.metrics.tokens} tokens, ${(event.milliseconds / 1000).toFixed(1)} s\n`,
      );
    }
    if (event.type === 'stage.done') {
      const { name } = event.summary;
      const later = times.get(name)?.slice(1) ?? [];
      const mean = later.length > 0 ? later.reduce((sum, time) => sum + time, 0) / later.length / 1000 : null;
      rows.push({
        ...{ stage: name, secondsPerStep: mean, seconds: event.summary.seconds, longestUnit },
        ...{ heldBytes: event.memoryBytes, tensorBytes: heap.most() },
      });
      longestUnit = 0;
      heap.reset();
    }
  }
}

function textOf(report: {
  shape: string;
  parameters: number;
  backend: string;
  batchTokens: number;
  recompute: boolean;
  estimate: { total: number; phase: string };
  stages: readonly StageRow[];
  mostProcessBytes: number;
  estimatedSeconds: number;
  seconds: number;
}): string {
  const mb = (bytes: number): string => `${Math.round(bytes / 1e6)} MB`;
  const { shape, parameters, backend, batchTokens, recompute, estimate, stages, mostProcessBytes } = report;
  const { estimatedSeconds, seconds: tookSeconds } = report;
  const most = Math.max(0, ...stages.map(({ heldBytes, tensorBytes }) => tensorBytes ?? heldBytes ?? 0));
  return [
    `${shape}: ${parameters} parameters, ${batchTokens} tokens a step${recompute ? ', activations computed again' : ''}, ${backend}`,
    ...stages.map(
      ({ stage, secondsPerStep, seconds, longestUnit, heldBytes, tensorBytes }) =>
        `${stage.padEnd(14)} ${(secondsPerStep === null ? '' : `${secondsPerStep.toFixed(2)} s a step`).padEnd(16)} ${`${seconds.toFixed(1)} s`.padStart(8)}, ${longestUnit.toFixed(1)} s at a stretch, at most ${mb(tensorBytes ?? heldBytes ?? 0)}`,
    ),
    `estimated ${mb(estimate.total)} (${estimate.phase}), held ${mb(most)}: ${(most / estimate.total).toFixed(2)} of it; the whole process at most ${mb(mostProcessBytes)}`,
    `estimated ${estimatedSeconds.toFixed(0)} s, took ${tookSeconds.toFixed(0)} s: ${(tookSeconds / estimatedSeconds).toFixed(2)} of it`,
  ].join('\n');
}

await runCommand(main);
