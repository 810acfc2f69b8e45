// The padded rows of the model golden files as the packed batches the project's models take.
import { IGNORED_LABEL } from '../../losses/supervised';
import type { ModelConfig } from '../../model/config';
import { parseHfConfig } from '../../model/hf';
import { Model } from '../../model/model';
import type { SafetensorsFile } from '../../safetensors';
import type { SequenceBatch } from '../../stages/batches';
import { type DecodedArray, GoldenFormatError } from '../format';
import type { KindInput } from './kind';

/** Padded token rows, all [B, T]. */
export interface PaddedRows {
  ids: DecodedArray;
  attention: DecodedArray;
  labels: DecodedArray;
  /** Without it positions count the attended tokens of a row from 0. */
  positions?: DecodedArray;
}

/**
 * Packs the attended tokens of all groups, one group after the other. Slot (b, t) scores the label at t + 1; the slots are
 * [B, R] with R one less than the widest group.
 */
export function packRows(groups: readonly PaddedRows[]): SequenceBatch {
  const ids: number[] = [];
  const positions: number[] = [];
  const starts: number[] = [];
  const width = Math.max(...groups.map(({ ids: { shape } }) => shape[1]!)) - 1;
  const labels: number[] = [];
  const rows: number[] = [];
  for (const group of groups) {
    const [batchSize, length] = group.ids.shape as [number, number];
    for (let b = 0; b < batchSize; b++) {
      const start = ids.length;
      const slotLabels = new Array<number>(width).fill(-1);
      const slotRows = new Array<number>(width).fill(0);
      for (let t = 0; t < length; t++) {
        const at = b * length + t;
        const label = t + 1 < length ? group.labels.data[at + 1]! : IGNORED_LABEL;
        if (!group.attention.data[at]) {
          if (label !== IGNORED_LABEL) throw new GoldenFormatError(`row ${b} predicts a label from padding at ${t}`);
          continue;
        }
        if (label !== IGNORED_LABEL) {
          slotLabels[t] = label;
          slotRows[t] = ids.length;
        }
        positions.push(group.positions ? group.positions.data[at]! : ids.length - start);
        ids.push(group.ids.data[at]!);
        starts.push(start);
      }
      labels.push(...slotLabels);
      rows.push(...slotRows);
    }
  }
  const batchSize = labels.length / width;
  const responseMask = Float32Array.from(labels, (label) => (label >= 0 ? 1 : 0));
  const counts = Int32Array.from({ length: batchSize }, (_, b) =>
    responseMask.subarray(b * width, (b + 1) * width).reduce((sum, valid) => sum + valid, 0),
  );
  return {
    ids: Int32Array.from(ids),
    positions: Int32Array.from(positions),
    starts: Int32Array.from(starts),
    batchSize,
    width,
    labels: Int32Array.from(labels),
    rows: Int32Array.from(rows),
    responseMask,
    counts,
    realTokens: ids.length,
  };
}

export interface LoadedModel {
  config: ModelConfig;
  weightsFile: SafetensorsFile;
  model: Model;
}

/** The model of a golden file, with the weights of one of the files beside it. */
export async function loadModel(
  { file, openWeights }: KindInput,
  weightsName = file.weights_file,
): Promise<LoadedModel> {
  if (weightsName === undefined) throw new GoldenFormatError('the file names no "weights_file"');
  const config = parseHfConfig(file.config);
  const weightsFile = await openWeights(weightsName);
  const weights = new Map(weightsFile.entries.map(({ name }) => [name, weightsFile.readFloats(name)]));
  return { config, weightsFile, model: new Model(config, weights) };
}

/** Euclidean norm. */
export const norm = (values: ArrayLike<number>): number =>
  Math.sqrt(Array.from(values).reduce((sum, value) => sum + value * value, 0));
