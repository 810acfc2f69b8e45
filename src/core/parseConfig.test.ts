import { describe, expect, it } from 'vitest';
import { ARMS, type Arm, FAMILIES, type Family, isMasked, isSingleStage, PRESETS, type RunConfig } from './config';
import { FIELD_NAMES, FIELDS } from './fields';
import { configDifference, parseConfig } from './parseConfig';
import { presetConfig } from './presets';

const fieldsOf = (input: Record<string, unknown>) => parseConfig(input).problems.map(({ field }) => field);

/** Online merging needs the base checkpoint of a shipped starter. */
const hasItsBase = ({ optimiser, preset }: RunConfig): boolean =>
  optimiser === 'adamw' || preset === 'tiny' || preset === 'default';

describe('presetConfig', () => {
  it('has RECIPE §5 as the default run and the rates of each family', () => {
    expect(presetConfig()).toMatchObject({
      ...{ preset: 'default', family: 'math', arm: 'allo', seed: 1 },
      ...{ prompts: 256, samplesPerPrompt: 8, temperature: 1, topP: 1, maxNewTokens: 36, pairsPerPrompt: 5 },
      ...{ batchTokens: 1024, beta: 0.1, warmupSteps: 50, warmupLearningRate: 3e-5 },
      ...{ forgettingPercent: 5, improvingPercent: 10, weighting: 'threshold', rewardThreshold: 0.5 },
      ...{ forgettingSteps: 30, forgettingLearningRate: 2e-4, improvingSteps: 80, improvingLearningRate: 3e-5 },
      ...{ keepShare: 0.5, clipNorm: 1, weightDecay: 0, heldOutPrompts: 300, otherPrompts: 150, klPrompts: 100 },
    });
    expect(presetConfig('default', 'qa')).toMatchObject({
      forgettingLearningRate: 3e-4,
      improvingLearningRate: 1e-4,
    });
    expect(presetConfig('default', 'instruct')).toMatchObject({
      forgettingLearningRate: 1e-4,
      improvingLearningRate: 3e-5,
    });
    expect(presetConfig('large')).toMatchObject({ layers: 8, width: 512, heads: 8, mlpWidth: 1408 });
  });

  it('takes what validation chose for a family', () => {
    const rate = (family: Family, arm: Arm) => presetConfig('default', family, arm).improvingLearningRate;
    const rates = (arm: Arm) => FAMILIES.map((family) => rate(family, arm));
    expect(FAMILIES).toEqual(['math', 'qa', 'instruct']);
    expect(rates('dpo-full')).toEqual([3e-5, 3e-5, 3e-5]);
    expect(rates('ipo')).toEqual([3e-5, 1e-4, 1e-4]);
    for (const arm of ['ipo-mean', 'kto', 'hinge'] as const) expect(rates(arm), arm).toEqual([3e-5, 3e-5, 1e-5]);
    expect(FAMILIES.map((family) => presetConfig('default', family, 'ppo-a2c').gaeLambda)).toEqual([1, 0.95, 0.95]);
  });

  it('gives every single-stage arm the updates of both stages and no forgetting', () => {
    const ownUpdates: Partial<Record<Arm, number>> = { 'warm-up-only': 50, 'dpo-160': 160 };
    for (const arm of ARMS) {
      const config = presetConfig('default', 'math', arm);
      const { forgettingSteps, improvingSteps, keepShare, method } = config;
      expect(forgettingSteps + improvingSteps, arm).toBe(ownUpdates[arm] ?? 110);
      expect(isSingleStage({ method }), arm).toBe(!arm.startsWith('allo'));
      if (isSingleStage({ method }))
        expect({ arm, forgettingSteps, keepShare }).toEqual({ arm, forgettingSteps: 0, keepShare: 1 });
      if (!isMasked(config) && method !== 'allo') expect(config.improvingPercent).toBe(100);
    }
  });

  it('gives an arm its method, mask and rate', () => {
    const dpo = { method: 'dpo', improvingLearningRate: 3e-5, beta: 0.1, improvingPercent: 10 } as const;
    const expected: Partial<Record<Arm, Partial<RunConfig>>> = {
      'dpo-full': { ...dpo, maskRule: 'all', improvingPercent: 100 },
      'dpo-top10': { ...dpo, maskRule: 'top' },
      'dpo-random10': { ...dpo, maskRule: 'random' },
      'dpo-last10': { ...dpo, maskRule: 'least' },
      'dpo-foreign10': { ...dpo, maskRule: 'top', maskSource: 'qa' },
      'warm-up-only': { method: 'dpo', maskRule: 'all', improvingLearningRate: 3e-5, improvingSteps: 50 },
      'allo-no-mask': { method: 'allo', maskRule: 'all', forgettingSteps: 30, improvingSteps: 80 },
      'allo-no-forgetting': { method: 'allo', forgettingSteps: 0, improvingSteps: 110, keepShare: 0.5 },
      'allo-shared-ratio': { forgettingPercent: 10, improvingPercent: 10 },
      'allo-raw': { weighting: 'raw' },
      ...{ simpo: { method: 'simpo', beta: 2, maskRule: 'all' }, 'ln-dpo': { method: 'ln-dpo', beta: 5 } },
      'onties-top10': { ...dpo, improvingLearningRate: 1e-4, optimiser: 'onties', maskRule: 'top' },
    };
    for (const [arm, settings] of Object.entries(expected) as [Arm, Partial<RunConfig>][])
      expect(presetConfig('default', 'math', arm), arm).toMatchObject(settings);
    // Chosen by family.
    const rateOnQa = (arm: Arm) => presetConfig('default', 'qa', arm).improvingLearningRate;
    expect((['onties', 'ondare', 'ipo'] as const).map(rateOnQa)).toEqual([1e-3, 1e-4 / 0.03, 1e-4]);
    // A family of another one's mask.
    expect(presetConfig('default', 'instruct', 'dpo-foreign10').maskSource).toBe('math');
  });

  it('passes its own check for every preset, family and arm', () => {
    for (const preset of PRESETS)
      for (const family of FAMILIES)
        for (const arm of ARMS) {
          const config = presetConfig(preset, family, arm);
          if (!hasItsBase(config)) continue;
          expect(parseConfig({ ...config })).toEqual({ config, problems: [] });
          expect(parseConfig({ preset, family, arm })).toEqual({ config, problems: [] });
        }
  });

  it('has one field description for every setting', () => {
    expect(FIELD_NAMES.toSorted()).toEqual(Object.keys(presetConfig()).toSorted());
  });
});

describe('parseConfig', () => {
  it('reads strings and values alike', () => {
    const strings = { seed: '7', styleBias: '1', beta: '0.25', maskRule: 'least', warmupLearningRate: '3e-4' };
    const values = { seed: 7, styleBias: true, beta: 0.25, maskRule: 'least', warmupLearningRate: 3e-4 };
    expect(parseConfig(strings)).toEqual(parseConfig(values));
    expect(parseConfig(strings).config).toMatchObject(values);
    expect(parseConfig(strings).problems).toEqual([]);
  });

  it('clamps numbers to their range, rounds whole ones, and says so', () => {
    const { config, problems } = parseConfig({ seed: '-3', beta: '1e9', prompts: 12.6, topP: -Infinity });
    expect(config).toMatchObject({ seed: 0, beta: 10, prompts: 13, topP: 0.05 });
    expect(problems).toEqual([
      { field: 'seed', message: 'Seed: -3 is outside 0…4294967295 (whole numbers); using 0.' },
      { field: 'prompts', message: 'Prompts: 12.6 is outside 4…8192 (whole numbers); using 13.' },
      { field: 'topP', message: 'Top-p: -Infinity is outside 0.05…1; using 0.05.' },
      { field: 'beta', message: 'Beta: 1000000000 is outside 0.001…10; using 10.' },
    ]);
  });

  it('clamps every number field at both ends', () => {
    for (const name of FIELD_NAMES) {
      const field = FIELDS[name];
      if (field.kind !== 'number') continue;
      for (const [given, expected] of [
        ['1e300', field.max],
        ['-1e300', field.min],
      ] as const) {
        const { config, problems } = parseConfig({ preset: 'scratch', [name]: given });
        expect(problems[0]?.field).toBe(name);
        // The width also follows the heads, and the lower end of a band the mask.
        if (!['width', 'heads', 'forgettingLower', 'improvingLower'].includes(name))
          expect(config[name]).toBe(expected);
      }
    }
  });

  it('replaces what is no number, no choice and no switch by the default, and says so', () => {
    const base = presetConfig();
    const bad = { seed: 'abc', prompts: '', beta: null, layers: [3], maskRule: 'best', styleBias: 'yes', preset: 5 };
    const { config, problems } = parseConfig(bad);
    expect(config).toEqual(base);
    expect(problems.map(({ field }) => field).toSorted()).toEqual(Object.keys(bad).toSorted());
    for (const { message } of problems) expect(message).toMatch(/; using /);
    expect(fieldsOf({ seed: NaN, width: {} })).toEqual(['seed', 'width']);
  });

  it('names unknown settings and keys of the prototype, and takes nothing from either', () => {
    const input = JSON.parse('{"__proto__":{"seed":9,"polluted":1},"constructor":1,"toString":"x","colour":"red"}');
    const { config, problems } = parseConfig(input);
    expect(config).toEqual(presetConfig());
    expect(problems.map(({ field }) => field)).toEqual(['__proto__', 'constructor', 'toString', 'colour']);
    expect(Object.hasOwn(Object.prototype, 'polluted')).toBe(false);
    expect(parseConfig(Object.create({ seed: 9 })).config.seed).toBe(1);
  });

  it('reads preset, family and arm first, since defaults depend on them', () => {
    const { config } = parseConfig({ improvingSteps: 7, arm: 'dpo-top10', preset: 'tiny', family: 'qa' });
    expect(config).toEqual({ ...presetConfig('tiny', 'qa', 'dpo-top10'), improvingSteps: 7 });
  });

  it('mends settings that do not fit together', () => {
    const band = parseConfig({ forgettingLower: 20, forgettingPercent: 10 });
    expect(band.config.forgettingLower).toBe(0);
    expect(band.problems).toEqual([
      { field: 'forgettingLower', message: 'Forgetting band from: 20 % is above the mask’s 10 %; using 0 %.' },
    ]);
    const width = parseConfig({ preset: 'scratch', width: 100, heads: 8 });
    expect(width.config.width).toBe(96);
    expect(width.problems).toEqual([
      { field: 'width', message: 'Width: 100 is no multiple of 2 × 8 heads; using 96.' },
    ]);
    for (let heads = 1; heads <= 32; heads++) {
      for (const asked of [16, 17, 200, 2047, 2048]) {
        const { config } = parseConfig({ preset: 'large', heads, width: asked });
        expect(config.width % (2 * heads)).toBe(0);
        expect(config.width, `${heads} heads, width ${asked}`).toBeLessThanOrEqual(2048);
      }
    }
  });
});

describe('the sizes of a shipped model', () => {
  it.each(['tiny', 'default'] as const)('cannot be changed with the preset %s, and it says so', (preset) => {
    const asked = { preset, layers: 7, width: 80, heads: 2, mlpWidth: 64, architecture: 'gpt2' };
    const { config, problems } = parseConfig(asked);
    expect(config).toEqual(presetConfig(preset));
    expect(problems.map(({ field }) => field)).toEqual(['architecture', 'layers', 'width', 'heads', 'mlpWidth']);
    for (const { message } of problems) expect(message).toContain('choose the preset scratch');
  });

  it('are free where the model is trained from scratch', () => {
    const sizes = { layers: 7, width: 80, heads: 2, mlpWidth: 64, architecture: 'gpt2' as const };
    const { config, problems } = parseConfig({ preset: 'scratch', ...sizes });
    expect(problems).toEqual([]);
    expect(config).toMatchObject(sizes);
  });
});

describe('online merging', () => {
  it.each(['tiny', 'default'] as const)('is there with the starter of the preset %s', (preset) => {
    for (const arm of ['ondare', 'onties', 'ondare-top10', 'onties-top10'] as const) {
      const { config, problems } = parseConfig({ preset, arm });
      expect(problems).toEqual([]);
      expect(config.optimiser).toBe(arm.split('-')[0]);
    }
  });

  it.each(['scratch', 'large'] as const)(
    'is refused in words with the preset %s, which has no base model',
    (preset) => {
      for (const given of [{ arm: 'onties' }, { optimiser: 'onties' }]) {
        const { config, problems } = parseConfig({ preset, ...given });
        expect(config.optimiser).toBe('adamw');
        expect(problems).toEqual([
          {
            field: 'optimiser',
            message: `Optimiser: onties merges every step with θ_SFT − θ_base, and the preset ${preset} has no shipped base model; using adamw.`,
          },
        ]);
        expect(parseConfig(configDifference(config))).toEqual({ config, problems: [] });
      }
    },
  );
});

describe('configDifference', () => {
  it('is empty for the defaults and holds only what differs, as text', () => {
    expect(configDifference(presetConfig())).toEqual({});
    expect(configDifference(presetConfig('tiny', 'qa', 'dpo-top10'))).toEqual({
      ...{ preset: 'tiny', family: 'qa', arm: 'dpo-top10' },
    });
    expect(configDifference({ ...presetConfig('tiny'), seed: 7, styleBias: true })).toEqual({
      ...{ preset: 'tiny', seed: '7', styleBias: '1' },
    });
    // A setting at the first preset's default still differs from its own preset's.
    expect(configDifference({ ...presetConfig('tiny'), width: 128 })).toEqual({ preset: 'tiny', width: '128' });
  });

  it('comes back exactly through parseConfig', () => {
    const odd: Partial<RunConfig> = {
      ...{ seed: 4294967295, temperature: 0.1 + 0.2, warmupLearningRate: 1e-7, beta: 1 / 3, styleBias: true },
      ...{ forgettingLower: 1.25, forgettingPercent: 2.5, maskRule: 'random', backend: 'cpu', weighting: 'rlmec' },
    };
    for (const preset of PRESETS)
      for (const arm of ARMS) {
        const config = { ...presetConfig(preset, 'instruct', arm), ...odd };
        if (!hasItsBase(config)) continue;
        expect(parseConfig(configDifference(config))).toEqual({ config, problems: [] });
      }
  });
});
