// Settings from outside (URL, command line, saved runs) → a valid RunConfig, and back to the few that differ from the defaults.
import type { FieldName, RunConfig } from './config';
import { FIELD_NAMES, FIELDS } from './fields';
import { MAX_WIDTH } from './fields/field';
import { presetConfig } from './presets';

export interface ConfigProblem {
  field: string;
  message: string;
}

/**
 * Untrusted strings (URL, command line) or values (saved runs) → a valid RunConfig. Preset, family and arm are read
 * first, since defaults depend on them. Never throws: an invalid value is clamped or replaced by the default and reported.
 */
export function parseConfig(input: Readonly<Record<string, unknown>>): {
  config: RunConfig;
  problems: ConfigProblem[];
} {
  const problems: ConfigProblem[] = [];
  const read = <K extends FieldName>(name: K, fallback: RunConfig[K]): RunConfig[K] => {
    const value = Object.hasOwn(input, name) ? input[name] : undefined;
    if (value === undefined) return fallback;
    return parseField(name, value, fallback, problems) as RunConfig[K];
  };
  const base = presetConfig(read('preset', 'default'), read('family', 'math'), read('arm', 'allo'));
  const config: Record<string, unknown> = { ...base };
  for (const name of FIELD_NAMES) {
    if (name !== 'preset' && name !== 'family' && name !== 'arm') config[name] = read(name, base[name]);
  }
  for (const name of Object.keys(input)) {
    if (!Object.hasOwn(FIELDS, name)) problems.push({ field: name, message: `Unknown setting “${name}”, ignored.` });
  }
  const result = config as unknown as RunConfig;
  fixRelations(result, problems);
  return { config: result, problems };
}

function parseField(name: FieldName, value: unknown, fallback: unknown, problems: ConfigProblem[]): unknown {
  const field = FIELDS[name];
  const complain = (message: string) => problems.push({ field: name, message });
  const shown = JSON.stringify(value)?.slice(0, 60);
  if (field.kind === 'switch') {
    if (value === true || value === '1' || value === 'true') return true;
    if (value === false || value === '0' || value === 'false') return false;
    complain(`${field.label}: ${shown} is neither 1 nor 0; using ${fallback ? '1' : '0'}.`);
    return fallback;
  }
  if (field.kind === 'choice') {
    if (typeof value === 'string' && field.choices.includes(value)) return value;
    complain(`${field.label}: ${shown} is not one of ${field.choices.join(', ')}; using ${fallback}.`);
    return fallback;
  }
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  if (typeof number !== 'number' || Number.isNaN(number)) {
    complain(`${field.label}: ${shown} is not a number; using ${fallback}.`);
    return fallback;
  }
  let clamped = Math.min(field.max, Math.max(field.min, number));
  if (field.integer) clamped = Math.round(clamped);
  if (clamped !== number)
    complain(
      `${field.label}: ${number} is outside ${field.min}…${field.max}${field.integer ? ' (whole numbers)' : ''}; using ${clamped}.`,
    );
  return clamped;
}

const SIZE_FIELDS = ['architecture', 'layers', 'width', 'heads', 'mlpWidth'] as const;

/** A starter's sizes are what they are. */
function fixStarterSizes(config: RunConfig, problems: ConfigProblem[]): void {
  if (config.preset !== 'tiny' && config.preset !== 'default') return;
  const shipped = presetConfig(config.preset);
  for (const name of SIZE_FIELDS) {
    if (config[name] === shipped[name]) continue;
    const { label } = FIELDS[name];
    const message = `${label}: the ${config.preset} preset is a trained model with ${label.toLowerCase()} ${shipped[name]}; choose the preset scratch for other sizes.`;
    problems.push({ field: name, message });
    Object.assign(config, { [name]: shipped[name] });
  }
}

/** What only a shipped starter has. */
function fixWithoutStarter(config: RunConfig, problems: ConfigProblem[]): void {
  if (config.preset === 'tiny' || config.preset === 'default') return;
  if (config.sftStart !== 'scratch') {
    problems.push({
      field: 'sftStart',
      message: `SFT model: the preset ${config.preset} has no shipped model; using scratch.`,
    });
    config.sftStart = 'scratch';
  }
  if (config.rewardSource !== 'train') {
    problems.push({
      field: 'rewardSource',
      message: `Reward model: the preset ${config.preset} has no shipped one; using train.`,
    });
    config.rewardSource = 'train';
  }
  if (config.optimiser !== 'adamw') {
    problems.push({
      field: 'optimiser',
      message: `Optimiser: ${config.optimiser} merges every step with θ_SFT − θ_base, and the preset ${config.preset} has no shipped base model; using adamw.`,
    });
    config.optimiser = 'adamw';
  }
}

/** Settings that only make sense together. */
function fixRelations(config: RunConfig, problems: ConfigProblem[]): void {
  fixStarterSizes(config, problems);
  fixWithoutStarter(config, problems);
  for (const purpose of ['forgetting', 'improving'] as const) {
    const lower = `${purpose}Lower` as const;
    const upper = `${purpose}Percent` as const;
    if (config[lower] > config[upper]) {
      problems.push({
        field: lower,
        message: `${FIELDS[lower].label}: ${config[lower]} % is above the mask’s ${config[upper]} %; using 0 %.`,
      });
      config[lower] = 0;
    }
  }
  if (config.width % (2 * config.heads) !== 0) {
    const unit = 2 * config.heads;
    const units = Math.min(Math.floor(MAX_WIDTH / unit), Math.max(1, Math.round(config.width / unit)));
    const width = units * unit;
    problems.push({
      field: 'width',
      message: `Width: ${config.width} is no multiple of 2 × ${config.heads} heads; using ${width}.`,
    });
    config.width = width;
  }
}

/** Only what differs from the preset's defaults, as strings: what stands in the URL and in a run's name. */
export function configDifference(config: RunConfig): Record<string, string> {
  const base = presetConfig(config.preset, config.family, config.arm);
  const first = presetConfig();
  const out: Record<string, string> = {};
  for (const name of FIELD_NAMES) {
    const value = config[name];
    const isKey = name === 'preset' || name === 'family' || name === 'arm';
    if (value !== (isKey ? first : base)[name])
      out[name] = typeof value === 'boolean' ? (value ? '1' : '0') : String(value);
  }
  return out;
}
