// The runs that are killed: Tiny with few prompts and steps, but each through all of its stages. Between them every way to sample, to mask, to reward, to
// train and to update is there.
import type { RunConfig } from '../../src/core/config';

export interface Configuration {
  name: string;
  settings: Partial<RunConfig>;
}

const CUT = {
  preset: 'tiny',
  ...{ prompts: 24, samplesPerPrompt: 4, heldOutPrompts: 10, otherPrompts: 0, klPrompts: 10, batchTokens: 512 },
  ...{ warmupSteps: 6, forgettingSteps: 5, improvingSteps: 8 },
} as const satisfies Partial<RunConfig>;

const ON_WASM: Record<string, Partial<RunConfig>> = {
  'ALLO on math': {},
  'ALLO on qa, its reward model trained here': {
    family: 'qa',
    rewardSource: 'train',
    rewardSteps: 8,
    weighting: 'soft',
  },
  'ALLO on instruct, SFT here, mask by gradients': {
    ...{ family: 'instruct', sftStart: 'base', copySteps: 0, sftSteps: 8, sftSequences: 12 },
    maskScore: 'gradient',
  },
  'ALLO in three parts a step, another family’s mask': { accumulate: 3, recompute: true, maskSource: 'qa' },
  'DPO on all weights': { arm: 'dpo-full' },
  'ALLO with a random mask and OnDARE': { arm: 'allo-random', optimiser: 'ondare' },
  PPO: { arm: 'ppo', rolloutPrompts: 8, ppoEpochs: 2 },
  'KTO with OnTIES': { arm: 'kto', optimiser: 'onties', family: 'qa' },
  'RFT on instruct': { arm: 'rft', family: 'instruct' },
};

/** The software adapter takes seconds to compile a stage's programs: one short run. */
const ON_WEBGPU: Record<string, Partial<RunConfig>> = {
  'ALLO on WebGPU': { batchTokens: 256, warmupSteps: 4, forgettingSteps: 3, improvingSteps: 3 },
};

const listed = (rows: Record<string, Partial<RunConfig>>, backend: RunConfig['backend']): Configuration[] =>
  Object.entries(rows).map(([name, settings]) => ({ name, settings: { ...CUT, ...settings, backend } }));

export const WASM_CONFIGURATIONS = listed(ON_WASM, 'wasm');
export const WEBGPU_CONFIGURATIONS = listed(ON_WEBGPU, 'webgpu');

/** The page's address for it. */
export const queryOf = ({ settings }: Configuration, seed: number): string =>
  `?${new URLSearchParams({ ...Object.fromEntries(Object.entries(settings).map(([key, value]) => [key, String(value)])), seed: String(seed) })}`;
