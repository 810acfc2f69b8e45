// The arms of the experiments with the few settings by which they differ from their one click: one list for plans and claims, so that a
// claim asks for the very jobs that its experiment plans.
import { ARM_DESCRIPTIONS } from '../arms';
import { type Arm, FAMILIES, type Family, type Preset, type RunConfig } from '../config';
import { FIELDS } from '../fields';
import { configDifference, parseConfig } from '../parseConfig';
import { presetConfig } from '../presets';

export interface Variant {
  arm: Arm;
  /** On top of what the arm sets. */
  changes: Partial<RunConfig>;
}

export const variant = (arm: Arm, changes: Partial<RunConfig> = {}): Variant => ({ arm, changes });

/** Times three and a third: DPO's 3e-5 becomes 1e-4 (RECIPE §6). */
export const HIGH_RATE = 3.33;

/** DPO on the top k %; the whole is the arm without a mask, and 10 % the arm of one click. */
export function topShare(percent: number, rateFactor = 1): Variant {
  const rate = rateFactor === 1 ? {} : { rateFactor };
  if (percent === 100) return variant('dpo-full', rate);
  return variant('dpo-top10', percent === 10 ? rate : { improvingPercent: percent, ...rate });
}

export const withRate = (arm: Arm, rateFactor: number): Variant => variant(arm, rateFactor === 1 ? {} : { rateFactor });

/** DPO on the 10 % of every other family's warm-up. */
export const foreignVariants = (family: Family): { source: Family; variant: Variant }[] =>
  FAMILIES.filter((source) => source !== family).map((source) => {
    const own = presetConfig('default', family, 'dpo-foreign10').maskSource === source;
    return { source, variant: variant('dpo-foreign10', own ? {} : { maskSource: source }) };
  });

/** The config of a variant in one place of a scope. */
export function variantConfig({ arm, changes }: Variant, preset: Preset, family: Family, seed: number): RunConfig {
  return { ...presetConfig(preset, family, arm), ...changes, seed };
}

/** What a result or a job was computed with. */
export interface Settled {
  preset: string;
  family: string;
  arm: string;
  settings: Readonly<Record<string, string>>;
}

/** The whole config behind a result; the settings of one from outside are clamped as every input is. */
export const configOf = ({ preset, family, arm, settings }: Settled): RunConfig =>
  parseConfig({ ...settings, preset, family, arm }).config;

const PLACE = new Set(['preset', 'family', 'arm', 'seed', 'backend']);

/** Settings that differ from the arm's, without place, seed and backend: equal for two seeds of one variant. */
export function variantSettings(settings: Readonly<Record<string, string>>): string {
  const own = Object.entries(settings).filter(([name]) => !PLACE.has(name));
  return JSON.stringify(own.sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** The same for all seeds of a variant, whatever family and preset. */
export const variantId = (arm: string, settings: Readonly<Record<string, string>>): string =>
  `${arm} ${variantSettings(settings)}`;

/** Is this result of that variant, whatever its seed? */
export function isOf(result: Settled, { arm, changes }: Variant): boolean {
  if (result.arm !== arm) return false;
  const { preset, family } = configOf({ ...result, settings: {} });
  return (
    variantSettings(result.settings) ===
    variantSettings(configDifference({ ...presetConfig(preset, family, arm), ...changes }))
  );
}

/** Two significant digits. */
const shortly = (value: number): string => String(Number(value.toPrecision(2)));

const SHARE = '10 %';
const WORDS: { [K in keyof RunConfig]?: (value: RunConfig[K]) => string } = {
  rateFactor: (value) => `lr × ${shortly(value)}`,
  styleBias: (value) => (value ? 'style bias' : 'no style bias'),
  skills: (value) => (value === 'half' ? 'half the skills' : 'all skills'),
  weighting: (value) => `${value} weights`,
  keepShare: (value) => (value === 1 ? 'all rejected tokens' : `ε ${value}`),
  maskScore: (value) => `ranked by ${value}`,
};

/** A short name that says what differs from the arm: “DPO, top 2.5 %, lr × 3.3”. Seed, family and preset are no part of it. */
export function armLabel(of: RunConfig | Settled): string {
  const config = 'settings' in of ? configOf(of) : of;
  const different = configDifference(config);
  const forgettingOnly = config.method === 'allo' && config.improvingSteps === 0;
  let label = forgettingOnly
    ? `${ARM_DESCRIPTIONS[config.arm].label}, forgetting only`
    : ARM_DESCRIPTIONS[config.arm].label;
  if (forgettingOnly) delete different.improvingSteps;
  if (different.improvingPercent !== undefined && label.includes(SHARE)) {
    label = label.replace(SHARE, `${different.improvingPercent} %`);
    delete different.improvingPercent;
  }
  if (config.arm === 'dpo-foreign10') {
    label += ` (of ${config.maskSource})`;
    delete different.maskSource;
  }
  const rest = Object.keys(different).filter((name) => !PLACE.has(name)) as (keyof RunConfig)[];
  return [label, ...rest.map((name) => changeInWords(name, config))].join(', ');
}

function changeInWords<K extends keyof RunConfig>(name: K, config: RunConfig): string {
  const value = config[name];
  const words = WORDS[name];
  if (words) return words(value);
  const shown = typeof value === 'boolean' ? (value ? 'on' : 'off') : value;
  return `${inSentence(FIELDS[name].label)} ${shown}`;
}

/** “Prompts” → “prompts”, but “SimPO target margin” as it is. */
const inSentence = (label: string): string =>
  /^[A-Z][a-z-]*(?![A-Za-z])/.test(label) ? label[0]!.toLowerCase() + label.slice(1) : label;
