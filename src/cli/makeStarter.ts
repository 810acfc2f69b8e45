// `npm run make-starter -- [--preset tiny|default|all] [--seed N] [--backend wasm|cpu]`: trains base, SFT and reward model of the
// shipped starters on this project's own code and writes public/starter. Its state is saved, so a cut run continues.
// `--trial [--set name=value,…]` is for choosing settings: it measures on the validation split and ships nothing.
import { copyFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Preset, RunConfig } from '../core/config';
import { createBuiltinDataset } from '../core/data/builtin';
import type { Example } from '../core/data/dataset';
import { modelConfigOf } from '../core/model/fromRun';
import { initialWeights, Model, type Weights } from '../core/model/model';
import { encodeCheckpoint, type StarterManifest, type StarterModel } from '../core/model/starter';
import { parseConfig } from '../core/parseConfig';
import { createRng } from '../core/rng';
import { openSafetensors, writeSafetensors } from '../core/safetensors';
import { sha256 } from '../core/sha256';
import { rewritingBatch } from '../core/stages/rewardModel';
import { supervisedOptimiser, supervisedPhase, trainSupervised } from '../core/stages/sft';
import { tf } from '../core/tf';
import { headlessBackend } from './backend';
import { runCommand } from './fail';
import { readOptions, readSettings, refuseProblems } from './options';
import { evaluateStarter } from './starterReport';

const SAVE_EVERY = 100;

interface Progress {
  step: number;
  seconds: number;
  tokens: number;
}

/** Files of one cut training: where it is, weights and moments. */
class SavedState {
  constructor(
    private readonly folder: string,
    private readonly name: string,
  ) {
    mkdirSync(folder, { recursive: true });
  }
  private path(kind: string): string {
    return join(this.folder, `${this.name}.${kind}`);
  }
  load(): { progress: Progress; weights: Weights; moments: Weights } | null {
    if (!existsSync(this.path('json'))) return null;
    const progress = JSON.parse(readFileSync(this.path('json'), 'utf8')) as Progress;
    const read = (kind: string): Weights => {
      const file = openSafetensors(readFileSync(this.path(kind)));
      return new Map(file.entries.map(({ name }) => [name, file.readFloats(name)]));
    };
    return { progress, weights: read(`${progress.step}.weights`), moments: read(`${progress.step}.moments`) };
  }
  save(progress: Progress, weights: Weights, moments: Weights): void {
    const write = (kind: string, map: Weights) => {
      const tensors = [...map].map(([name, values]) => ({
        name,
        shape: [values.length],
        dtype: 'F32' as const,
        values,
      }));
      writeFileSync(this.path(kind), writeSafetensors(tensors));
    };
    write(`${progress.step}.weights`, weights);
    write(`${progress.step}.moments`, moments);
    const old = existsSync(this.path('json'))
      ? (JSON.parse(readFileSync(this.path('json'), 'utf8')) as Progress).step
      : null;
    writeFileSync(this.path('json'), JSON.stringify(progress));
    if (old !== null && old !== progress.step)
      for (const kind of ['weights', 'moments']) rmSync(this.path(`${old}.${kind}`), { force: true });
  }
}

interface Training {
  name: StarterModel;
  from: number;
  to: number;
  totalSteps: number;
  learningRate: number;
  examples: (step: number) => readonly Example[];
}

/** Trains (or continues) one phase on `model`; gives its cost. The optimiser lives across phases of one cosine. */
async function runTraining(model: Model, training: Training, state: SavedState, padId: number): Promise<Progress> {
  const optimiser = supervisedOptimiser(model);
  const saved = state.load();
  const progress: Progress = saved?.progress ?? { step: training.from, seconds: 0, tokens: 0 };
  if (saved) {
    for (const [name, values] of saved.weights) model.assign(name, tf.tensor(values, model.get(name).shape));
    optimiser.restore({ updates: progress.step, moments: saved.moments, sums: null });
  }
  const save = async () => state.save(progress, await model.weights(), (await optimiser.state()).moments);
  let last = performance.now();
  let smooth = 0;
  const options = { ...training, from: progress.step, clipNorm: 1, padId };
  for await (const { step, loss, tokens } of trainSupervised(model, optimiser, options)) {
    const now = performance.now();
    progress.seconds += (now - last) / 1000;
    last = now;
    progress.step = step + 1;
    progress.tokens += tokens;
    smooth = smooth === 0 ? loss : 0.98 * smooth + 0.02 * loss;
    if (progress.step % 20 === 0) {
      const left = ((training.to - progress.step) * progress.seconds) / (progress.step - training.from);
      process.stderr.write(
        `${training.name} ${progress.step}/${training.to} loss ${smooth.toFixed(3)}, ${left.toFixed(0)} s left\n`,
      );
    }
    if (progress.step % SAVE_EVERY === 0) await save();
  }
  await save();
  optimiser.dispose();
  return progress;
}

const drawExamples = (count: number, draw: () => Example): Example[] => Array.from({ length: count }, draw);

interface Job {
  preset: Preset;
  config: RunConfig;
  seed: number;
  command: string;
  /** Measure on the validation split, ship nothing. */
  isTrial: boolean;
}

async function makeStarter({ preset, config, seed, command, isTrial }: Job): Promise<void> {
  const dataset = createBuiltinDataset('math', { styleBias: false });
  const sizes = {
    architecture: config.architecture,
    layers: config.layers,
    width: config.width,
    heads: config.heads,
    mlpWidth: config.mlpWidth,
  };
  const modelConfig = modelConfigOf(sizes, dataset);
  const rng = createRng(seed, 'starter');
  const totalSteps = config.copySteps + config.sftSteps;
  // Trials of other reward-model steps continue from the same SFT model.
  const stateFolder = join('.starter-state', `${preset}-${seed}-${config.copySteps}-${config.sftSteps}`);
  const models = {} as Record<StarterModel, StarterManifest['models']['base']>;
  const keep = async (
    which: StarterModel,
    model: Model,
    { seconds, tokens }: Progress,
    steps: number,
  ): Promise<Weights> => {
    const bytes = encodeCheckpoint(modelConfig, await model.weights(), 'F16');
    const file = `${which}.safetensors`;
    writeFileSync(join(stateFolder, file), bytes);
    models[which] = { file, sha256: sha256(bytes), bytes: bytes.length, steps, tokens, seconds: Math.round(seconds) };
    const opened = openSafetensors(bytes);
    return new Map(opened.entries.map(({ name }) => [name, opened.readFloats(name)]));
  };

  const model = new Model(modelConfig, initialWeights(modelConfig, rng.fork('weights')));
  const supervised = (name: 'base' | 'sft', from: number, to: number): Training => ({
    ...{ name, from, to, totalSteps, learningRate: config.sftLearningRate },
    examples: (step) => {
      const stream = rng.fork(`supervised/${step}`);
      const phase = supervisedPhase(step, config.copySteps);
      return drawExamples(config.sftSequences, () => dataset.sftExample(phase, stream)!);
    },
  });
  // One optimiser for both phases: the second continues from the state the first one saved.
  const state = new SavedState(stateFolder, 'supervised');
  const reached = state.load()?.progress.step ?? 0;
  let base: Progress = { step: 0, seconds: 0, tokens: 0 };
  if (reached < config.copySteps || !existsSync(join(stateFolder, 'base.json'))) {
    base = await runTraining(model, supervised('base', 0, config.copySteps), state, dataset.padId);
    await keep('base', model, base, config.copySteps);
    writeFileSync(join(stateFolder, 'base.json'), JSON.stringify(models.base));
  }
  models.base = JSON.parse(readFileSync(join(stateFolder, 'base.json'), 'utf8'));
  const sft = await runTraining(model, supervised('sft', 0, totalSteps), state, dataset.padId);
  sft.seconds -= models.base.seconds;
  sft.tokens -= models.base.tokens;
  const sftWeights = await keep('sft', model, sft, config.sftSteps);
  model.dispose();

  const rewardModel = new Model(modelConfig, sftWeights);
  const reward = await runTraining(
    rewardModel,
    {
      ...{
        name: 'reward',
        from: 0,
        to: config.rewardSteps,
        totalSteps: config.rewardSteps,
        learningRate: config.rewardLearningRate,
      },
      examples: (step) => rewritingBatch(dataset, rng.fork(`reward/${step}`), config.batchTokens, [])!,
    },
    new SavedState(stateFolder, `reward-${config.rewardSteps}`),
    dataset.padId,
  );
  const rewardWeights = await keep('reward', rewardModel, reward, config.rewardSteps);
  rewardModel.dispose();

  const report = await evaluateStarter(
    modelConfig,
    sftWeights,
    rewardWeights,
    seed,
    isTrial ? 'validation' : 'held-out',
  );
  process.stdout.write(`${preset}: ${JSON.stringify(report)}\n`);
  if (isTrial) return;
  // Only now, all together: a cut training leaves the shipped starter as it was.
  const folder = join('public', 'starter', preset);
  mkdirSync(folder, { recursive: true });
  for (const { file } of Object.values(models)) copyFileSync(join(stateFolder, file), join(folder, file));
  const manifest: StarterManifest = { version: 1, command, seed, sizes, models, ...report };
  writeFileSync(join(folder, 'manifest.json'), `${JSON.stringify(manifest, null, 2)}\n`);
}

const PRESETS_WITH_STARTER = ['tiny', 'default'] as const;

async function main(): Promise<void> {
  const { preset, seed, backend, trial, set } = readOptions(process.argv.slice(2), {
    ...{ preset: 'all', seed: '1', backend: 'wasm', trial: '', set: null as string | null },
  });
  if (set !== null && !trial) throw new Error('--set is for trials: a shipped starter is made with the presets.');
  const wanted = PRESETS_WITH_STARTER.filter((name) => preset === 'all' || preset === name);
  if (wanted.length === 0) throw new Error(`There is no starter for the preset “${preset}”: use tiny, default or all.`);
  await headlessBackend(backend);
  for (const name of wanted) {
    const { config, problems } = parseConfig({ preset: name, ...readSettings(set) });
    refuseProblems(problems);
    await makeStarter({
      ...{ preset: name, config, seed: Number(seed), isTrial: Boolean(trial) },
      command: `npm run make-starter -- --preset ${name} --seed ${seed} --backend ${backend}`,
    });
  }
}

await runCommand(main);
