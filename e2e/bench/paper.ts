// The estimate for a model that nobody trains in a browser yet: SmolLM2-135M, on the measured adapter and on a stated laptop GPU.

import { type MemoryParts, stepMemory, withSpare } from '../../src/core/memory';
import type { ModelConfig } from '../../src/core/model/config';
import { type Device, flopsPerToken, type StepShape, stepMs } from './cost';
import { table } from './table';

/** HuggingFaceTB/SmolLM2-135M, config.json. */
export const SMOLLM2_135M: ModelConfig = {
  architecture: 'llama',
  vocabularySize: 49_152,
  width: 576,
  layers: 30,
  heads: 9,
  kvHeads: 3,
  mlpWidth: 1536,
  normEpsilon: 1e-5,
  ropeTheta: 100_000,
  tiedHead: true,
  attentionBias: false,
  maxPositions: 8192,
};

/** A laptop's GPU of the middle class. None was measured: all three numbers are assumptions, and said to be. */
export const LAPTOP: Device = {
  name: 'laptop GPU',
  fp32Gflops: 8000,
  bandwidthGBs: 200,
  share: 0.25,
  source: 'assumed: 8 TFLOPS fp32, 200 GB/s, 25 % of the peak reached',
};

const BATCH = { batch: 4, length: 256 };
/** Updates of a Default run. */
const UPDATES = 160;

const CASES: readonly { name: string; shape: StepShape }[] = [
  { name: 'all entries move', shape: { ...BATCH, selected: 1, recompute: false } },
  { name: '10 % move', shape: { ...BATCH, selected: 0.1, recompute: false } },
  { name: '10 % move, layers run again', shape: { ...BATCH, selected: 0.1, recompute: true } },
];

export interface Estimate {
  case: string;
  device: string;
  source: string;
  flopsPerToken: { forward: number; backward: number };
  bytes: MemoryParts;
  msPerStep: number;
}

/** Half of the tokens predict a response token. */
function bytesOf({ batch, length, selected, recompute }: StepShape): MemoryParts {
  const tokens = batch * length;
  return withSpare(stepMemory(SMOLLM2_135M, { tokens, scored: tokens / 2, parts: 1, selected, recompute }), 'webgpu');
}

export const estimatesFor = (devices: readonly Device[]): Estimate[] =>
  devices.flatMap((device) =>
    CASES.map(({ name, shape }) => ({
      case: name,
      device: device.name,
      source: device.source,
      flopsPerToken: flopsPerToken(SMOLLM2_135M, shape.length),
      bytes: bytesOf(shape),
      msPerStep: stepMs(SMOLLM2_135M, shape, device),
    })),
  );

/** Three digits that matter, and no exponent. */
const short = (value: number): string => (value >= 100 ? value.toFixed(0) : value.toPrecision(3));
const gigabytes = (bytes: number): string => (bytes / 1e9).toFixed(2);

/** The table, with what it rests on. */
export function estimateText(estimates: readonly Estimate[]): string {
  const { forward, backward } = estimates[0]!.flopsPerToken;
  const sources = new Map(estimates.map(({ device, source }) => [device, source]));
  return [
    `${BATCH.batch} sequences of ${BATCH.length} tokens a step, float32, bytes at the moment when most is held; ${(forward / 1e6).toFixed(0)} MFLOP a token forward, ${(backward / 1e6).toFixed(0)} backward`,
    ...[...sources].map(([device, source]) => `${device}: ${source}`),
    table(
      [
        'device',
        'step',
        'weights',
        'gradients',
        'moments',
        'activations',
        'spare',
        'all GB',
        's/step',
        `${UPDATES} updates, min`,
      ],
      estimates.map(({ device, case: name, bytes, msPerStep }) => [
        device,
        name,
        gigabytes(bytes.weights),
        gigabytes(bytes.gradients),
        gigabytes(bytes.moments),
        gigabytes(bytes.activations),
        gigabytes(bytes.spare),
        gigabytes(Object.values(bytes).reduce((sum, part) => sum + part, 0)),
        short(msPerStep / 1000),
        short((UPDATES * msPerStep) / 60_000),
      ]),
      2,
    ),
  ].join('\n');
}
