// What a tensor's name and shape say: its layer, its kind, how it is drawn, and whether a scope takes it. Hugging Face names of Llama,
// GPT-2 and GPT-NeoX. What its rows and columns mean is in axisLabels.ts.
import type { TensorSpec } from '../model/config';

/** Values or masks by Hugging Face name, row-major. */
export type Tensors = ReadonlyMap<string, Float32Array>;
/** 0 or 1 per entry, by Hugging Face name, row-major. */
export type Mask = ReadonlyMap<string, Uint8Array>;

export interface TensorPlace {
  /** Layer number; null before and after the layers. */
  layer: number | null;
  /** Short name: `q_proj`, `input_layernorm`, `embed_tokens`; a bias keeps its ending: `c_attn.bias`. */
  kind: string;
}

/**
 * Hugging Face names of Llama (`model.layers.0.…`), GPT-2 (`transformer.h.0.…`) and GPT-NeoX (`gpt_neox.layers.0.…`), and of their bare models without the
 * first word; other names are kinds of their own.
 */
export function placeOf(name: string): TensorPlace {
  const layered = /^(?:(?:(?:model|gpt_neox)\.)?layers|(?:transformer\.)?h)\.(\d+)\.(.+)$/.exec(name);
  const path = layered ? layered[2]! : name.replace(/^(model|transformer|gpt_neox)\./, '');
  return { layer: layered ? Number(layered[1]) : null, kind: shortKind(path) };
}

function shortKind(path: string): string {
  const bare = path.replace(/\.weight$/, '').replace(/^(self_attn|mlp|attn|attention)\./, '');
  // GPT-2 has a c_proj in both halves of a block.
  if (path.startsWith('attn.c_proj')) return `attn.${bare}`;
  if (path.startsWith('mlp.c_proj')) return `mlp.${bare}`;
  return bare;
}

/** Rows and columns as drawn: the last axis runs along a row; a vector is one row. */
export const matrixShape = ({ shape }: TensorSpec): { rows: number; columns: number } => ({
  rows: shape.slice(0, -1).reduce((product, extent) => product * extent, 1),
  columns: shape.at(-1) ?? 1,
});

export type TensorKind =
  | 'q'
  | 'k'
  | 'v'
  | 'o'
  /** Queries, keys and values in one matrix (GPT-2, GPT-NeoX). */
  | 'qkv'
  | 'gate'
  | 'up'
  | 'down'
  /** The two MLP matrices of GPT-2 and GPT-NeoX. */
  | 'fc'
  | 'proj'
  | 'norm'
  | 'embedding'
  | 'position'
  | 'head'
  | 'bias'
  | 'other';

const KINDS: Readonly<Record<string, TensorKind>> = {
  q_proj: 'q',
  k_proj: 'k',
  v_proj: 'v',
  o_proj: 'o',
  c_attn: 'qkv',
  query_key_value: 'qkv',
  dense: 'o',
  'attn.c_proj': 'o',
  gate_proj: 'gate',
  up_proj: 'up',
  down_proj: 'down',
  c_fc: 'fc',
  'mlp.c_proj': 'proj',
  dense_h_to_4h: 'fc',
  dense_4h_to_h: 'proj',
  q_norm: 'norm',
  k_norm: 'norm',
  final_layer_norm: 'norm',
  input_layernorm: 'norm',
  post_attention_layernorm: 'norm',
  norm: 'norm',
  ln_1: 'norm',
  ln_2: 'norm',
  ln_f: 'norm',
  embed_tokens: 'embedding',
  embed_in: 'embedding',
  wte: 'embedding',
  wpe: 'position',
  lm_head: 'head',
  embed_out: 'head',
};

/** The kind of a tensor. A norm's bias counts as the norm, other biases as biases; with a tied head the embedding is the head too. */
export function tensorKind(name: string): TensorKind {
  const { kind } = placeOf(name);
  const bare = kind.replace(/\.bias$/, '');
  const known = Object.hasOwn(KINDS, bare) ? KINDS[bare]! : 'other';
  return bare !== kind && known !== 'norm' && known !== 'other' ? 'bias' : known;
}

/** Which tensors a selection ranks; the others keep a mask of zeros and do not count in N. */
export interface MaskScope {
  /** Token embedding and position table. */
  embeddings: boolean;
  norms: boolean;
  /** An output head of its own; a tied one is the embedding. */
  head: boolean;
}

export const EVERYTHING: MaskScope = { embeddings: true, norms: true, head: true };

export function inScope(name: string, scope: MaskScope): boolean {
  switch (tensorKind(name)) {
    case 'embedding':
    case 'position':
      return scope.embeddings;
    case 'norm':
      return scope.norms;
    case 'head':
      return scope.head;
    default:
      return true;
  }
}
