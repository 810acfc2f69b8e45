// What must hold, as ratios within one run, and whether it does. Pure. An unmet target is a finding, not an error.
import { LAB_PRESETS } from '../harness/largeChanges';
import type { Backend, Engine } from './protocol';
import { STANDARD_MODEL, WIDE_MODEL } from './protocol';
import type { Report } from './results';

export interface Target {
  name: string;
  target: string;
  measured: string;
  /** null: not measured in this mode, or only reported. */
  met: boolean | null;
}

/** Measurements that a target needs. */
export type Measured = Pick<Report, 'rows' | 'sampling' | 'masks' | 'neurons' | 'runs'>;

const NOT_MEASURED = 'not measured';
const times = (ratio: number): string => `${ratio.toFixed(2)} ×`;

const rowOf = ({ rows }: Measured, engine: Engine, backend: Backend, model = STANDARD_MODEL.name) =>
  rows.find((row) => row.engine === engine && row.backend === backend && row.model === model);

/** How many times faster ours is; `least` null: only reported. */
function faster(measured: Measured, peer: Engine, backend: Backend, least: number | null, model?: string): Target {
  const ours = rowOf(measured, 'allo', backend, model);
  const theirs = rowOf(measured, peer, backend, model);
  const name = `ours on ${backend} vs ${peer} on ${backend}${model ? `, ${model}` : ''}`;
  const target = least === null ? 'report' : `at least ${least} × faster`;
  if (!ours || !theirs) return { name, target, measured: NOT_MEASURED, met: null };
  const ratio = theirs.msPerStep / ours.msPerStep;
  return { name, target, measured: times(ratio), met: least === null ? null : ratio >= least };
}

/** A number that may be `most` at most. */
function atMost(name: string, value: number | null | undefined, most: number, unit: string, digits = 0): Target {
  const target = `${most.toFixed(0)}${unit} or less`;
  if (value === null || value === undefined) return { name, target, measured: NOT_MEASURED, met: null };
  return { name, target, measured: `${value.toFixed(digits)}${unit}`, met: value <= most };
}

const LEAST_SAMPLING = 5;

function sampling(measured: Measured, backend: Backend): Target {
  const name = `sampling with KV cache vs re-running the prefix, 48 new tokens, ${backend}`;
  const target = `at least ${LEAST_SAMPLING} × faster`;
  const row = measured.sampling.find((one) => one.backend === backend && one.newTokens === 48);
  if (!row) return { name, target, measured: NOT_MEASURED, met: null };
  return { name, target, measured: times(row.timesFaster), met: row.timesFaster >= LEAST_SAMPLING };
}

const TINY_SECONDS = 6;
const DEFAULT_SECONDS = 75;
/** On slow machines Default may take this many jax-js wasm steps. */
const DEFAULT_STEPS = 260;
const MASK_ENTRIES = 50_000_000;
/** From a change of the mask lab until mask and all pictures are there. */
const LAB_MS = { tiny: 200, default: 200, large: 1000 } as const;

export function targetsOf(measured: Measured): Target[] {
  const gpu = rowOf(measured, 'allo', 'webgpu');
  const mask = measured.masks.find(({ entries }) => entries === MASK_ENTRIES);
  const secondsOf = (wanted: string) => measured.runs.find(({ preset }) => preset === wanted)?.seconds;
  const jaxMs = rowOf(measured, 'jax-js', 'wasm')?.msPerStep ?? 0;
  return [
    faster(measured, 'jax-js', 'webgpu', 1.5),
    faster(measured, 'jax-js', 'webgpu', null, WIDE_MODEL.name),
    faster(measured, 'plain tfjs', 'webgpu', 8),
    faster(measured, 'jax-js', 'wasm', 1.2),
    faster(measured, 'jax-js', 'wasm', null, WIDE_MODEL.name),
    atMost('dispatches per step, optimiser included', gpu?.dispatches, 160, ''),
    atMost('JS time per step on webgpu', gpu?.jsMs, 15, ' ms', 1),
    sampling(measured, 'wasm'),
    sampling(measured, 'webgpu'),
    atMost('exact mask over 50 M values: time', mask?.seconds, 1, ' s', 2),
    atMost('exact mask over 50 M values: memory with the input', mask && mask.peakBytes / 1e6, 450, ' MB'),
    ...LAB_PRESETS.map((preset) => {
      const changes = measured.neurons.find((run) => run.preset === preset)?.changes;
      const slowest = changes && Math.max(...changes.map(({ picturesMs }) => picturesMs));
      return atMost(`mask lab on ${preset}: slowest change until all pictures`, slowest, LAB_MS[preset], ' ms');
    }),
    atMost('Tiny run in the page, wasm', secondsOf('tiny'), TINY_SECONDS, ' s', 1),
    atMost(
      'Default run in the page, wasm',
      secondsOf('default'),
      Math.max(DEFAULT_SECONDS, (DEFAULT_STEPS * jaxMs) / 1000),
      ' s',
      1,
    ),
  ];
}
