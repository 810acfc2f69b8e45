// What a tensor's name and shape say: its layer, its kind, and what a row and a column of it mean in the model's terms. Pure.
import type { MatrixAxis } from '../../components/matrix/matrixAxes';
import type { ModelConfig, TensorSpec } from '../../core/model/config';

export interface TensorPlace {
  /** Layer number; null before and after the layers. */
  layer: number | null;
  /** Short name: `q_proj`, `input_layernorm`, `embed_tokens`; a bias keeps its ending: `c_attn.bias`. */
  kind: string;
}

/** Hugging Face names of Llama (`model.layers.0.…`) and GPT-2 (`transformer.h.0.…`); other names are kinds of their own. */
export function placeOf(name: string): TensorPlace {
  const layered = /^(?:model\.layers|transformer\.h)\.(\d+)\.(.+)$/.exec(name);
  const path = layered ? layered[2]! : name.replace(/^(model|transformer)\./, '');
  return { layer: layered ? Number(layered[1]) : null, kind: shortKind(path) };
}

function shortKind(path: string): string {
  const bare = path.replace(/\.weight$/, '').replace(/^(self_attn|mlp|attn)\./, '');
  // GPT-2 has a c_proj in both halves of a block.
  if (path.startsWith('attn.c_proj')) return `attn.${bare}`;
  if (path.startsWith('mlp.c_proj')) return `mlp.${bare}`;
  return bare;
}

/** Rows and columns as drawn: a vector is one row. */
export const matrixShape = (spec: TensorSpec): { rows: number; columns: number } => ({
  rows: spec.shape.length > 1 ? spec.shape[0]! : 1,
  columns: spec.shape.at(-1) ?? 1,
});

type Meaning =
  | 'residual'
  | 'query'
  | 'key'
  | 'value'
  | 'heads'
  | 'fused'
  | 'unit'
  | 'token'
  | 'position'
  | 'single'
  | 'plain';

/** Rows then columns of each kind. Llama matrices are [out, in], GPT-2's [in, out]. */
const MEANINGS: Record<string, readonly [rows: Meaning, columns: Meaning]> = {
  q_proj: ['query', 'residual'],
  k_proj: ['key', 'residual'],
  v_proj: ['value', 'residual'],
  o_proj: ['residual', 'heads'],
  gate_proj: ['unit', 'residual'],
  up_proj: ['unit', 'residual'],
  down_proj: ['residual', 'unit'],
  embed_tokens: ['token', 'residual'],
  lm_head: ['token', 'residual'],
  wte: ['token', 'residual'],
  wpe: ['position', 'residual'],
  c_attn: ['residual', 'fused'],
  'c_attn.bias': ['single', 'fused'],
  'attn.c_proj': ['heads', 'residual'],
  c_fc: ['residual', 'unit'],
  'c_fc.bias': ['single', 'unit'],
  'mlp.c_proj': ['unit', 'residual'],
  'q_proj.bias': ['single', 'query'],
  'k_proj.bias': ['single', 'key'],
  'v_proj.bias': ['single', 'value'],
};

/** Labels of both axes of a tensor. `vocabulary` names the rows of embeddings. */
export function axesOf(
  spec: TensorSpec,
  model: ModelConfig,
  vocabulary: readonly string[],
): { rows: MatrixAxis; columns: MatrixAxis } {
  const isVector = spec.shape.length < 2;
  const [rows, columns] = MEANINGS[placeOf(spec.name).kind] ?? [
    isVector ? 'single' : 'plain',
    isVector ? 'residual' : 'plain',
  ];
  return { rows: axisOf(rows, model, vocabulary), columns: axisOf(columns, model, vocabulary) };
}

function axisOf(meaning: Meaning, model: ModelConfig, vocabulary: readonly string[]): MatrixAxis {
  const numbered = (title: string, word: string): MatrixAxis => ({ title, label: (i) => `${word} ${i}`, groups: [] });
  switch (meaning) {
    case 'residual':
      return numbered('residual dims', 'dim');
    case 'unit':
      return numbered('MLP units', 'unit');
    case 'position':
      return numbered('positions', 'pos');
    case 'single':
      return { title: 'the vector', label: () => 'vector', groups: [] };
    case 'plain':
      return numbered('entries', '#');
    case 'token':
      return { title: 'tokens', label: (i) => vocabulary[i] ?? `#${i}`, groups: [] };
    case 'query':
    case 'heads':
      return headAxis(meaning === 'query' ? 'query heads × dims' : 'heads × dims', model.heads, model, '');
    case 'key':
      return headAxis('key heads × dims', model.kvHeads, model, '');
    case 'value':
      return headAxis('value heads × dims', model.kvHeads, model, '');
    case 'fused':
      return fusedAxis(model);
  }
}

function headAxis(title: string, heads: number, model: ModelConfig, prefix: string): MatrixAxis {
  const headWidth = model.width / model.heads;
  return {
    title,
    label: (i) => `${prefix}head ${Math.floor(i / headWidth)}, dim ${i % headWidth}`,
    groups: Array.from({ length: heads }, (_, head) => ({ start: head * headWidth, label: `${prefix}head ${head}` })),
  };
}

/** GPT-2's c_attn: queries, keys and values side by side. */
function fusedAxis(model: ModelConfig): MatrixAxis {
  const parts = ['q ', 'k ', 'v '].map((prefix) => headAxis('', model.heads, model, prefix));
  return {
    title: 'query, key and value heads × dims',
    label: (i) => parts[Math.floor(i / model.width)]!.label(i % model.width),
    groups: parts.flatMap((part, n) =>
      part.groups.map((group) => ({ ...group, start: group.start + n * model.width })),
    ),
  };
}
