// RoPE as config.json spells it: `rope_theta` and `rope_scaling` of older files, `rope_parameters` of newer ones. GPT-NeoX's own names are in hf.ts.
import * as v from 'valibot';
import { FileError } from '../files/byteSource';
import type { RopeScaling } from './config';

/** Far from what would overflow a float. */
const size = v.pipe(v.number(), v.gtValue(0), v.maxValue(1e12));
const share = v.pipe(v.number(), v.gtValue(0), v.maxValue(1));

const parameters = v.nullish(
  v.looseObject({
    rope_type: v.optional(v.string()),
    /** Its older spelling. */
    type: v.optional(v.string()),
    rope_theta: v.optional(size),
    factor: v.nullish(size),
    low_freq_factor: v.nullish(size),
    high_freq_factor: v.nullish(size),
    original_max_position_embeddings: v.nullish(size),
    partial_rotary_factor: v.nullish(share),
  }),
);

/** The fields of config.json that `ropeOf` reads. */
export const ropeSchema = {
  rope_theta: v.nullish(size),
  rope_scaling: parameters,
  rope_parameters: parameters,
  original_max_position_embeddings: v.nullish(size),
};
/** GPT-NeoX's names of the base and of the share of a head that turns. */
export const neoxRopeSchema = { rotary_emb_base: v.nullish(size), rotary_pct: v.nullish(share) };
export type RopeFields = { [Name in keyof typeof ropeSchema]?: v.InferOutput<(typeof ropeSchema)[Name]> };

/** What transformers takes where the file says nothing. */
const DEFAULT_THETA = 10_000;

export interface Rope {
  theta: number;
  scaling: RopeScaling | null;
  /** Share of a head that turns; null where the file does not say. */
  rotaryShare: number | null;
}

const quoted = (text: string): string => JSON.stringify(text.slice(0, 60));
const isEmpty = (given: object): boolean => Object.keys(given).length === 0;

/**
 * As transformers 4.57 and 5.17 read it: where both are there, `rope_scaling` goes before `rope_parameters`. Throws FileError naming a scaling that is not
 * supported, a number that it lacks, or two fields of which each of these versions takes another.
 */
export function ropeOf(c: RopeFields): Rope {
  const isOlder = c.rope_scaling && !isEmpty(c.rope_scaling);
  const name = isOlder ? 'rope_scaling' : 'rope_parameters';
  const given = isOlder ? c.rope_scaling : c.rope_parameters;
  const scaling = given ? scalingOf(given, name) : null;
  const outer = c.original_max_position_embeddings;
  if (scaling?.kind === 'llama3' && typeof outer === 'number' && outer !== scaling.originalPositions) {
    const problem = `${outer} is not what ${name} says (${scaling.originalPositions}). Leave one of them out.`;
    throw new FileError('config.json', problem, 'field “original_max_position_embeddings”');
  }
  return {
    ...{ theta: given?.rope_theta ?? c.rope_theta ?? DEFAULT_THETA, scaling },
    rotaryShare: given?.partial_rotary_factor ?? null,
  };
}

type Given = NonNullable<RopeFields['rope_parameters']>;

function scalingOf(given: Given, name: string): RopeScaling | null {
  const fail = (field: string, problem: string): never => {
    throw new FileError('config.json', problem, `field “${name}.${field}”`);
  };
  if (given.rope_type !== undefined && given.type !== undefined && given.rope_type !== given.type)
    fail('type', `${quoted(given.type)} and rope_type ${quoted(given.rope_type)} contradict each other.`);
  const need = (field: keyof Given & string): number => {
    const value = given[field];
    return typeof value === 'number' ? value : fail(field, 'is missing');
  };
  // Newer files can hold one set of parameters for each kind of layer.
  const nested = Object.entries(given).find(([, value]) => typeof value === 'object' && value !== null);
  if (nested) fail(nested[0], 'an object is not supported; supported: one set of numbers for all layers.');
  const kind = given.rope_type ?? given.type ?? 'default';
  switch (kind) {
    case 'default':
      return null;
    case 'linear':
      return { kind, factor: need('factor') };
    case 'llama3': {
      const [lowFactor, highFactor] = [need('low_freq_factor'), need('high_freq_factor')];
      if (highFactor <= lowFactor) fail('high_freq_factor', `${highFactor} is not above low_freq_factor ${lowFactor}`);
      const originalPositions = need('original_max_position_embeddings');
      return { kind, factor: need('factor'), lowFactor, highFactor, originalPositions };
    }
    default: {
      return fail('rope_type', `${quoted(kind)} is not supported; supported: "default", "linear", "llama3".`);
    }
  }
}
