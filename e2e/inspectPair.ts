// What the Inspect specs share: a small pair of checkpoints made here with every number known, and how files are given to the view.
import type { Locator, Page } from '@playwright/test';
import { writeSafetensors } from '../src/core/safetensors';

/** A small Llama: 2 layers of a few matrices. Every change has another size, so the ranking has no ties. */
const WIDTH = 16;
export const SHAPES: readonly (readonly [string, readonly number[]])[] = [
  ['model.embed_tokens.weight', [20, WIDTH]],
  ...[0, 1].flatMap((layer) => [
    [`model.layers.${layer}.self_attn.q_proj.weight`, [WIDTH, WIDTH]] as const,
    [`model.layers.${layer}.mlp.up_proj.weight`, [24, WIDTH]] as const,
    [`model.layers.${layer}.input_layernorm.weight`, [WIDTH]] as const,
  ]),
  ['model.norm.weight', [WIDTH]],
];
const sizeOf = (shape: readonly number[]): number => shape.reduce((product, extent) => product * extent, 1);
const TOTAL = SHAPES.reduce((sum, [, shape]) => sum + sizeOf(shape), 0);

interface Entry {
  tensor: number;
  index: number;
  change: number;
}

/** Change number n is a multiple of 2⁻¹² in an order that jumps about; before and after are exact in float32. */
export const entries: Entry[] = SHAPES.flatMap(([, shape], tensor) =>
  Array.from({ length: sizeOf(shape) }, (_, index): Entry => ({ tensor, index, change: 0 })),
);
for (const [n, entry] of entries.entries()) {
  const rank = (n * 761) % TOTAL;
  entry.change = ((rank + 1) / 4096) * (n % 3 === 0 ? -1 : 1);
}
const tensorsOf = (value: (entry: Entry) => number) =>
  SHAPES.map(([name, shape], tensor) => ({
    name,
    shape,
    dtype: 'F32' as const,
    values: Float32Array.from(entries.filter((entry) => entry.tensor === tensor).map(value)),
  }));
const beforeOf = ({ index }: Entry): number => (index % 7) - 3;
export const BEFORE = writeSafetensors(tensorsOf(beforeOf));
export const AFTER = writeSafetensors(tensorsOf((entry) => beforeOf(entry) + entry.change));

/** The largest 5 %, as the paper ranks them. */
export const SELECTED = Math.floor(TOTAL * 0.05);
export const ranked = [...entries].sort((a, b) => Math.abs(b.change) - Math.abs(a.change));
export const chosen = new Set(ranked.slice(0, SELECTED));
export const THRESHOLD = Math.abs(ranked[SELECTED - 1]!.change);
export const maskFile = (isOne: (entry: Entry) => boolean) =>
  writeSafetensors(tensorsOf((entry) => (isOne(entry) ? 1 : 0)));

export const CONFIG = Buffer.from(
  JSON.stringify({
    model_type: 'llama',
    ...{ vocab_size: 20, hidden_size: WIDTH, intermediate_size: 24, num_hidden_layers: 2, num_attention_heads: 4 },
  }),
);
export const asFile = (name: string, bytes: Uint8Array) => ({
  name,
  mimeType: 'application/octet-stream',
  buffer: Buffer.from(bytes),
});

export const place = (name: 'Before' | 'After' | 'Mask file' | 'Second mask file', on: Page) =>
  on.getByRole('region', { name, exact: true });
export const title = (on: Page) => on.getByRole('heading', { level: 2 });

/** Lets files fall on a place, as a hand does; `zeros`: so many bytes after those given. */
export async function drop(
  target: Locator,
  files: readonly { name: string; buffer: Buffer; zeros?: number }[],
): Promise<void> {
  const transfer = await target.page().evaluateHandle(
    (given) => {
      const data = new DataTransfer();
      for (const { name, base64, zeros } of given) {
        const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
        data.items.add(new File([bytes, new Uint8Array(zeros)], name));
      }
      return data;
    },
    files.map(({ name, buffer, zeros = 0 }) => ({ name, base64: buffer.toString('base64'), zeros })),
  );
  await target.dispatchEvent('dragover', { dataTransfer: transfer });
  await target.dispatchEvent('drop', { dataTransfer: transfer });
}
