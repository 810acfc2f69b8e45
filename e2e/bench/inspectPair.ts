// Two made-up checkpoints on disk, as a fine-tuning leaves them: bfloat16, a third of the weights moved by a few steps. Tensor by tensor,
// so that no size of file needs its size of memory.
import { closeSync, openSync, writeSync } from 'node:fs';
import { toBfloat16Bits } from '../../src/core/halfFloats';
import { createRng } from '../../src/core/rng';

const SIDE = 4096;
const TENSOR_BYTES = SIDE * SIDE * 2;
const KINDS = ['self_attn.q_proj', 'self_attn.o_proj', 'mlp.gate_proj', 'mlp.down_proj'];
/** Weights are drawn from so many, and each moves by what its draw says. */
const DRAWS = 1 << 16;

/** Writes both files of `bytes` each, whole tensors of 32 MiB. */
export function writePair(beforePath: string, afterPath: string, bytes: number): void {
  const tensors = Math.round(bytes / TENSOR_BYTES);
  const header = headerOf(tensors);
  const files = [beforePath, afterPath].map((path) => openSync(path, 'w'));
  for (const file of files) writeAll(file, header);
  const { weights, moved } = draws();
  const [before, after] = [new Uint16Array(SIDE * SIDE), new Uint16Array(SIDE * SIDE)];
  for (let tensor = 0; tensor < tensors; tensor++) {
    let state = (tensor + 1) * 0x9e3779b9;
    for (let i = 0; i < before.length; i++) {
      state ^= state << 13;
      state ^= state >>> 17;
      state ^= state << 5;
      before[i] = weights[state >>> 16]!;
      after[i] = before[i]! + moved[state & (DRAWS - 1)]!;
    }
    for (const [i, values] of [before, after].entries()) writeAll(files[i]!, new Uint8Array(values.buffer));
  }
  for (const file of files) closeSync(file);
}

function writeAll(file: number, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at);
}

function headerOf(tensors: number): Uint8Array {
  const header: Record<string, unknown> = {};
  for (let i = 0; i < tensors; i++) {
    const name = `model.layers.${Math.floor(i / KINDS.length)}.${KINDS[i % KINDS.length]}.weight`;
    header[name] = { dtype: 'BF16', shape: [SIDE, SIDE], data_offsets: [i * TENSOR_BYTES, (i + 1) * TENSOR_BYTES] };
  }
  const json = new TextEncoder().encode(JSON.stringify(header));
  const bytes = new Uint8Array(8 + Math.ceil(json.length / 8) * 8).fill(0x20, 8);
  new DataView(bytes.buffer).setUint32(0, bytes.length - 8, true);
  bytes.set(json, 8);
  return bytes;
}

/** Normal weights of 0.02, none near zero, so that a step never changes a sign; a third moves by one to four steps either way. */
function draws() {
  const rng = createRng(7, 'inspect bench');
  const weights = Uint16Array.from({ length: DRAWS }, () => {
    const value = rng.normal() * 0.02;
    return toBfloat16Bits(Math.abs(value) < 1e-4 ? 1e-4 : value);
  });
  const moved = Int8Array.from({ length: DRAWS }, () => (rng.int(3) > 0 ? 0 : (1 + rng.int(4)) * (rng.int(2) * 2 - 1)));
  return { weights, moved };
}
