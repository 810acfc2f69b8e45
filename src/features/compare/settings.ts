// Which settings differ among arms, and how they are written beside the paper's. Place, seed and backend are none of an arm's settings.

import { formatCount, formatNumber } from '../../components/format';
import { type FieldName, isMasked, type RunConfig } from '../../core/config';
import { FIELD_NAMES, FIELDS } from '../../core/fields';
import { isRelevant } from '../../core/fields/relevant';
import { learnsFromPairs, METHOD_DESCRIPTIONS } from '../../core/methods';
import { configOf } from '../../core/study/variants';
import type { ArmRow } from './rows';

const PLACE: ReadonlySet<FieldName> = new Set(['preset', 'family', 'seed', 'backend', 'arm']);
const FORGETTING: ReadonlySet<FieldName> = new Set([
  ...(['forgettingLearningRate', 'forgettingPercent', 'forgettingLower', 'weighting'] as const),
]);
const MASK: ReadonlySet<FieldName> = new Set([
  ...([
    'maskScore',
    'maskSource',
    'forgettingLower',
    'forgettingPercent',
    'improvingLower',
    'improvingPercent',
  ] as const),
]);

export interface SettingRow {
  name: FieldName;
  label: string;
  unit: string;
  /** As the arms are ordered; a setting that plays no part in an arm says so. */
  values: readonly { text: string; isUsed: boolean }[];
  /** The paper's or reference code's; '' where there is none. */
  paper: string;
}

/** Has the setting any effect on this arm? */
function isUsed(config: RunConfig, name: FieldName): boolean {
  if (!isRelevant(name, config)) return false;
  if (FORGETTING.has(name) && config.forgettingSteps === 0) return false;
  // Of a method that does not learn from pairs the warm-up alone has a β, and without a mask there is none.
  if (name === 'beta' && !learnsFromPairs(config.method) && !isMasked(config)) return false;
  return !(MASK.has(name) && !isMasked(config));
}

function valueText(value: RunConfig[FieldName]): string {
  if (typeof value === 'boolean') return value ? 'on' : 'off';
  if (typeof value === 'string') return value;
  return Number.isInteger(value)
    ? formatCount(value)
    : formatNumber(value, 3)
        .replace(/(\.\d*?)0+$/, '$1')
        .replace(/\.$/, '');
}

/** One text where the methods agree; otherwise each with its method's name. */
function paperText(configs: readonly RunConfig[], name: FieldName): string {
  const texts = new Map<string, string[]>();
  for (const { method } of configs) {
    const text = METHOD_DESCRIPTIONS[method].paper[name] ?? FIELDS[name].paper;
    if (text === undefined) continue;
    const methods = texts.get(text) ?? [];
    const { label } = METHOD_DESCRIPTIONS[method];
    texts.set(text, methods.includes(label) ? methods : [...methods, label]);
  }
  if (texts.size < 2) return [...texts.keys()].join();
  return [...texts].map(([text, methods]) => `${methods.join(', ')}: ${text}`).join('; ');
}

/** Settings in which the arms differ, in the order of FIELDS. One that differs only where it plays no part is left out. */
export function differingSettings(rows: readonly ArmRow[]): SettingRow[] {
  const configs = rows.map(({ known }) => configOf(known[0]!.result));
  return FIELD_NAMES.flatMap((name): SettingRow[] => {
    if (PLACE.has(name)) return [];
    const used = configs.filter((config) => isUsed(config, name));
    const isDifferent = new Set(used.map((config) => config[name])).size > 1;
    if (!isDifferent) return [];
    const field = FIELDS[name];
    const unit = field.kind === 'number' ? (field.unit ?? '') : '';
    const values = configs.map((config) => ({ text: valueText(config[name]), isUsed: isUsed(config, name) }));
    return [{ name, label: field.label, unit, values, paper: paperText(configs, name) }];
  });
}
