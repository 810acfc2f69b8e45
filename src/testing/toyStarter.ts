// A starter of the tiny model's sizes, all of whose checkpoints are the same random weights.
import { encodeCheckpoint, type StarterLoader, type StarterManifest } from '../core/model/starter';
import { sha256 } from '../core/sha256';
import { TINY_MODEL, tinyWeights } from './tinyModel';

/** A starter whose base has other random weights than the SFT model. */
export function toyStarter(): StarterLoader {
  const base = encodeCheckpoint(TINY_MODEL, tinyWeights(TINY_MODEL, 7), 'F32');
  const entry = { file: 'base.st', sha256: sha256(base), bytes: base.length, steps: 1, tokens: 1, seconds: 1 };
  const manifest: StarterManifest = {
    ...{ version: 1, command: 'made by a test', seed: 1, heldOutPrompts: 9 },
    sizes: { architecture: 'llama', layers: 2, width: 16, heads: 2, mlpWidth: 24 },
    models: { base: entry, sft: entry, reward: entry },
    ...{ greedy: {}, sampled: {}, rewardAuroc: {} },
  };
  const text = new TextEncoder().encode(JSON.stringify(manifest));
  return async (path) => {
    const bytes = path.endsWith('manifest.json') ? text : base;
    return bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length) as ArrayBuffer;
  };
}
