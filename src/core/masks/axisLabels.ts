// What a row or column of a tensor means in the model's terms: head 3, dim 17; MLP unit 211; token “carry”; position 5; channel 12.
// Llama's and GPT-NeoX's matrices are [out, in], GPT-2's [in, out].
import { headWidthOf, type ModelConfig, type TensorSpec } from '../model/config';
import { placeOf } from './tensorKinds';

export type Axis = 'row' | 'column';

export interface AxisTerms {
  /** What the entries are, in the plural. */
  title: string;
  /** In full, for a sentence. */
  label(index: number): string;
  /** As short as on a drawn axis. */
  short(index: number): string;
  /** Where runs of entries that belong together begin (heads); empty without. */
  groups: readonly { start: number; label: string }[];
}

type Meaning =
  | 'channel'
  | 'query'
  | 'key'
  | 'value'
  | 'heads'
  | 'fused'
  | 'interleaved'
  | 'headDim'
  | 'unit'
  | 'token'
  | 'position'
  | 'single'
  | 'plain';

/** Rows then columns of each kind of `placeOf`. */
const MEANINGS: Readonly<Record<string, readonly [rows: Meaning, columns: Meaning]>> = {
  q_proj: ['query', 'channel'],
  k_proj: ['key', 'channel'],
  v_proj: ['value', 'channel'],
  o_proj: ['channel', 'heads'],
  gate_proj: ['unit', 'channel'],
  up_proj: ['unit', 'channel'],
  down_proj: ['channel', 'unit'],
  embed_tokens: ['token', 'channel'],
  lm_head: ['token', 'channel'],
  wte: ['token', 'channel'],
  wpe: ['position', 'channel'],
  c_attn: ['channel', 'fused'],
  'c_attn.bias': ['single', 'fused'],
  'attn.c_proj': ['heads', 'channel'],
  c_fc: ['channel', 'unit'],
  'c_fc.bias': ['single', 'unit'],
  'mlp.c_proj': ['unit', 'channel'],
  embed_in: ['token', 'channel'],
  embed_out: ['token', 'channel'],
  query_key_value: ['interleaved', 'channel'],
  'query_key_value.bias': ['single', 'interleaved'],
  dense: ['channel', 'heads'],
  dense_h_to_4h: ['unit', 'channel'],
  'dense_h_to_4h.bias': ['single', 'unit'],
  dense_4h_to_h: ['channel', 'unit'],
  q_norm: ['single', 'headDim'],
  k_norm: ['single', 'headDim'],
  'gate_proj.bias': ['single', 'unit'],
  'up_proj.bias': ['single', 'unit'],
  'q_proj.bias': ['single', 'query'],
  'k_proj.bias': ['single', 'key'],
  'v_proj.bias': ['single', 'value'],
};

function meaningOf(spec: TensorSpec, axis: Axis): Meaning {
  const { kind } = placeOf(spec.name);
  const known = Object.hasOwn(MEANINGS, kind) ? MEANINGS[kind]! : null;
  if (known) return known[axis === 'row' ? 0 : 1];
  // Norms and the biases that add to the residual stream.
  if (spec.shape.length < 2) return axis === 'row' ? 'single' : 'channel';
  return 'plain';
}

/** One entry of an axis in full. `vocabulary` names the rows of embeddings and head. */
export const axisLabel = (
  spec: TensorSpec,
  model: ModelConfig | null,
  axis: Axis,
  index: number,
  vocabulary: readonly string[] = [],
): string => axisTerms(spec, model, axis, vocabulary).label(index);

/** The words for one axis of a tensor; a vector is one row. Without a model's sizes heads are not told apart. */
export function axisTerms(
  spec: TensorSpec,
  model: ModelConfig | null,
  axis: Axis,
  vocabulary: readonly string[] = [],
): AxisTerms {
  const meaning = meaningOf(spec, axis);
  switch (meaning) {
    case 'channel':
      return numbered('residual dims', 'channel', 'dim');
    case 'unit':
      return numbered('MLP units', 'MLP unit', 'unit');
    case 'position':
      return numbered('positions', 'position', 'pos');
    case 'plain':
      return numbered('entries', axis, '#');
    case 'single':
      return { title: 'the vector', label: () => 'the vector', short: () => 'vector', groups: [] };
    case 'headDim':
      return numbered('dims of every head', 'dim', 'dim');
    case 'token':
      return {
        title: 'tokens',
        label: (i) => (vocabulary[i] === undefined ? `token ${i}` : `token “${vocabulary[i]}”`),
        short: (i) => vocabulary[i] ?? `#${i}`,
        groups: [],
      };
    default:
      return model ? ofHeads(meaning, model) : unheaded(meaning, axis, spec);
  }
}

type OfHeads = Extract<Meaning, 'query' | 'key' | 'value' | 'heads' | 'fused' | 'interleaved'>;

function ofHeads(meaning: OfHeads, model: ModelConfig): AxisTerms {
  switch (meaning) {
    case 'query':
      return headTerms('query heads × dims', model.heads, model, 'head');
    case 'heads':
      return headTerms('heads × dims', model.heads, model, 'head');
    case 'key':
    case 'value':
      // Under grouped-query attention a head here is not the head of the same number elsewhere.
      return headTerms(
        `${meaning} heads × dims`,
        model.kvHeads,
        model,
        model.kvHeads < model.heads ? 'KV head' : 'head',
      );
    case 'fused':
      return fusedTerms(model);
    case 'interleaved':
      return interleavedTerms(model);
  }
}

/** How wide a head is stands in no tensor's shape; that queries, keys and values lie side by side in thirds (GPT-2) does in its name. */
function unheaded(meaning: OfHeads, axis: Axis, { shape }: TensorSpec): AxisTerms {
  switch (meaning) {
    case 'query':
      return numbered('query dims', 'query dim', 'q');
    case 'key':
      return numbered('key dims', 'key dim', 'k');
    case 'value':
      return numbered('value dims', 'value dim', 'v');
    case 'heads':
      return numbered('dims of all heads', 'attention dim', 'dim');
    case 'interleaved':
      return numbered('query, key and value dims of all heads', 'attention dim', 'dim');
    case 'fused': {
      const extent = axis === 'row' && shape.length > 1 ? shape[0]! : (shape.at(-1) ?? 1);
      return thirds(Math.max(1, Math.ceil(extent / 3)));
    }
  }
}

function thirds(width: number): AxisTerms {
  const words = ['query', 'key', 'value'];
  const wordOf = (i: number): string => words[Math.min(2, Math.floor(i / width))]!;
  return {
    title: 'query, key and value dims',
    label: (i) => `${wordOf(i)} dim ${i % width}`,
    short: (i) => `${wordOf(i)[0]} ${i % width}`,
    groups: words.map((label, n) => ({ start: n * width, label })),
  };
}

const numbered = (title: string, word: string, short: string): AxisTerms => ({
  title,
  label: (i) => `${word} ${i}`,
  short: (i) => `${short} ${i}`,
  groups: [],
});

function headTerms(title: string, heads: number, model: ModelConfig, word: string, short = 'head'): AxisTerms {
  const headWidth = headWidthOf(model);
  const place = (i: number) => `${Math.floor(i / headWidth)}, dim ${i % headWidth}`;
  return {
    title,
    label: (i) => `${word} ${place(i)}`,
    short: (i) => `${short} ${place(i)}`,
    groups: Array.from({ length: heads }, (_, head) => ({ start: head * headWidth, label: `${short} ${head}` })),
  };
}

/** GPT-2's c_attn: queries, keys and values side by side. */
function fusedTerms(model: ModelConfig): AxisTerms {
  const parts = ['query', 'key', 'value'].map((word) =>
    headTerms('', model.heads, model, `${word} head`, `${word[0]} head`),
  );
  const partOf = (i: number) => parts[Math.min(2, Math.floor(i / model.width))]!;
  return {
    title: 'query, key and value heads × dims',
    label: (i) => partOf(i).label(i % model.width),
    short: (i) => partOf(i).short(i % model.width),
    groups: parts.flatMap((part, n) =>
      part.groups.map((group) => ({ ...group, start: group.start + n * model.width })),
    ),
  };
}

/** GPT-NeoX's query_key_value: in every head its query, key and value side by side. */
function interleavedTerms(model: ModelConfig): AxisTerms {
  const headWidth = headWidthOf(model);
  const words = ['query', 'key', 'value'];
  const place = (i: number): [head: number, word: string, dim: number] => [
    Math.floor(i / (3 * headWidth)),
    words[Math.floor(i / headWidth) % 3]!,
    i % headWidth,
  ];
  return {
    title: 'heads × query, key and value dims',
    label(i) {
      const [head, word, dim] = place(i);
      return `${word} head ${head}, dim ${dim}`;
    },
    short(i) {
      const [head, word, dim] = place(i);
      return `${word[0]} head ${head}, dim ${dim}`;
    },
    groups: Array.from({ length: model.heads }, (_, head) => ({ start: 3 * head * headWidth, label: `head ${head}` })),
  };
}
