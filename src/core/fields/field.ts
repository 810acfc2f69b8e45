// What a setting is: its control, limits, unit and words.
export type FieldGroup =
  | 'run'
  | 'model'
  | 'sft'
  | 'sampling'
  | 'warm-up'
  | 'mask'
  | 'rewards'
  | 'forgetting'
  | 'improving'
  | 'methods'
  | 'optimiser'
  | 'evaluation';

interface FieldBase {
  group: FieldGroup;
  label: string;
  help: string;
  /** The paper's or reference code's value, as text, shown beside ours. */
  paper?: string;
}
export type Field =
  | (FieldBase & {
      kind: 'number';
      min: number;
      max: number;
      step?: number;
      integer?: boolean;
      scale?: 'log';
      unit?: string;
    })
  | (FieldBase & { kind: 'choice'; choices: readonly string[] })
  | (FieldBase & { kind: 'switch' });

export const int = (min: number, max: number, unit?: string) => ({
  kind: 'number' as const,
  integer: true,
  min,
  max,
  unit,
});
/** Largest width of a model trained here. */
export const MAX_WIDTH = 2048;
export const rate = { kind: 'number' as const, min: 1e-8, max: 0.1, scale: 'log' as const };
