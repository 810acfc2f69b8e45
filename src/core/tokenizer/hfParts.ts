// The parts of a tokenizer.json before and after its model: normalizer, pre-tokenizer, decoder. Only steps that @huggingface/tokenizers does
// as the Rust library does pass; some are written as others that it does right; all others are refused by name.
import * as v from 'valibot';
import { FileError } from '../files/byteSource';
import { checked } from './hfFiles';
import { patternProblem } from './hfPattern';

/**
 * Where a text stands, which decides about the space that some tokenizers put before it: at the start of everything, after a special
 * token, or after other tokens (never a space).
 */
export type Place = 'start' | 'section' | 'continuation';
export const PLACES: readonly Place[] = ['start', 'section', 'continuation'];

/** How the model's vocabulary writes bytes: GPT-2's alphabet of 256 letters, or characters with ▁ for a space and <0x0A> for a byte. */
export type Alphabet = 'byte-level' | 'spaced';

/** One step, as the library wants it. */
export type Step = Readonly<Record<string, unknown> & { type: string }>;

export interface Parts {
  readonly alphabet: Alphabet;
  /** Decoding takes one space off the front: the one that encoding put there. */
  readonly dropsSpace: boolean;
  readonly normalizers: Record<Place, readonly Step[]>;
  readonly preTokenizers: Record<Place, readonly Step[]>;
}

export const SPACE_MARK = '▁';
const MAX_STEPS = 32;
const MAX_DEPTH = 8;
const MAX_CONTENT = 64;
/** How much longer the replacements of a normalizer may make a text. */
const MAX_GROWTH = 64;

// As in the Rust library; ours are so written that \s means Unicode's white space (the library's own ByteLevel takes JavaScript's).
const GPT2_PATTERN = "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+";

const text = v.pipe(v.string(), v.maxLength(MAX_CONTENT));
const pattern = v.union([v.pipe(v.object({ String: v.pipe(text, v.minLength(1)) })), v.object({ Regex: v.string() })]);
const flag = v.nullish(v.boolean());
const typed = v.looseObject({ type: v.string() });
const schemas = {
  replace: v.looseObject({ pattern, content: text }),
  prepend: v.looseObject({ prepend: text }),
  byteLevel: v.looseObject({ add_prefix_space: flag, use_regex: flag }),
  split: v.looseObject({ pattern, behavior: v.picklist(['Isolated', 'Removed']), invert: flag }),
  metaspace: v.looseObject({
    replacement: v.nullish(v.literal(SPACE_MARK)),
    prepend_scheme: v.nullish(v.picklist(['always', 'first', 'never'])),
    add_prefix_space: flag,
    split: flag,
  }),
  digits: v.looseObject({ individual_digits: flag }),
  punctuation: v.looseObject({ behavior: v.nullish(v.picklist(['Isolated'])) }),
  strip: v.looseObject({ strip_left: flag, strip_right: flag }),
  stripDecoder: v.looseObject({ content: v.literal(' '), start: v.picklist([0, 1]), stop: v.literal(0) }),
  replaceDecoder: v.looseObject({ pattern: v.object({ String: v.literal(SPACE_MARK) }), content: v.literal(' ') }),
};

/** What a file's parts are read with. */
interface Reading {
  readonly file: string;
  readonly where: string;
}

type PartName = 'normalizer' | 'pre_tokenizer' | 'decoder';
const LISTS: Record<PartName, string> = {
  normalizer: 'normalizers',
  pre_tokenizer: 'pretokenizers',
  decoder: 'decoders',
};

/** A part as a flat list of steps, sequences opened. Throws FileError for more steps or deeper sequences than any tokenizer has. */
function stepsOf(file: string, raw: unknown, name: PartName): (Step & { readonly where: string })[] {
  const steps: (Step & { where: string })[] = [];
  const open = (value: unknown, where: string, depth: number): void => {
    if (depth > MAX_DEPTH || steps.length >= MAX_STEPS)
      throw new FileError(
        file,
        `has more than ${MAX_STEPS} steps or deeper sequences than ${MAX_DEPTH}. Such a tokenizer is not supported.`,
        name,
      );
    const step = checked(file, typed, value, where);
    if (step.type !== 'Sequence') {
      steps.push({ ...step, where });
      return;
    }
    const list = checked(file, v.array(v.unknown()), step[LISTS[name]], `${where}.${LISTS[name]}`);
    if (list.length > MAX_STEPS)
      throw new FileError(file, `has more than ${MAX_STEPS} steps. Such a tokenizer is not supported.`, name);
    for (const [i, inner] of list.entries()) open(inner, `${where}.${LISTS[name]}.${i}`, depth + 1);
  };
  if (raw !== null && raw !== undefined) open(raw, name, 0);
  return steps;
}

function unsupported({ file, where }: Reading, type: string, part: string): FileError {
  const known =
    'Byte-level and SentencePiece-like BPE tokenizers (GPT-2, Llama, Mistral, Qwen, Pythia, SmolLM) are supported';
  return new FileError(file, `the ${part} “${type.slice(0, 40)}” is not supported. ${known}.`, where);
}

function checkPattern({ file, where }: Reading, value: v.InferOutput<typeof pattern>): void {
  const problem = 'Regex' in value ? patternProblem(value.Regex) : null;
  if (problem) throw new FileError(file, `the pattern ${problem}, so it could run for ever and is not used.`, where);
}

/** Makes `step` with the arguments of `schema` checked. */
function read<Schema extends v.GenericSchema>(at: Reading, schema: Schema, step: Step): v.InferOutput<Schema> {
  return checked(at.file, schema, step, at.where);
}

const PLAIN_NORMALIZERS = new Set(['NFC', 'NFD', 'NFKC', 'NFKD', 'Lowercase', 'StripAccents']);

/** How much longer a text can get by it; `$` stands for itself in the file, but not in JavaScript. */
function replaceStep(at: Reading, step: Step): { step: Step; growth: number } {
  const { pattern: found, content } = read(at, schemas.replace, step);
  checkPattern(at, found);
  const least = 'String' in found ? found.String.length : 1;
  return {
    step: { type: 'Replace', pattern: found, content: content.replaceAll('$', '$$$$') },
    growth: Math.max(1, content.length / least),
  };
}

function readNormalizers(file: string, raw: unknown): Record<Place, readonly Step[]> {
  const all: Step[] = [];
  const without: Step[] = [];
  let growth = 1;
  for (const step of stepsOf(file, raw, 'normalizer')) {
    const at = { file, where: step.where };
    let known: Step;
    if (PLAIN_NORMALIZERS.has(step.type)) known = { type: step.type };
    else if (step.type === 'Strip') known = { type: 'Strip', ...read(at, schemas.strip, step) };
    else if (step.type === 'Prepend') {
      all.push({ type: 'Prepend', prepend: read(at, schemas.prepend, step).prepend });
      continue;
    } else if (step.type === 'Replace') {
      const replaced = replaceStep(at, step);
      growth *= replaced.growth;
      known = replaced.step;
    } else throw unsupported(at, step.type, 'normalizer');
    all.push(known);
    without.push(known);
  }
  if (growth > MAX_GROWTH)
    throw new FileError(
      file,
      `makes texts more than ${MAX_GROWTH} times longer, which is not supported.`,
      'normalizer',
    );
  return { start: all, section: all, continuation: without };
}

const isolated = (source: string): Step => ({
  type: 'Split',
  pattern: { Regex: source },
  behavior: 'Isolated',
  invert: false,
});
const matches = (source: string): Step => ({
  type: 'Split',
  pattern: { Regex: source },
  behavior: 'Removed',
  invert: true,
});

/** A space before what does not begin with one. */
const PREFIX_SPACE: Step = { type: 'Replace', pattern: { Regex: '(?<![\\s\\S])(?=[^ ])' }, content: ' ' };

function byteLevelSteps(at: Reading, step: Step, hasPrefix: boolean): Step[] {
  const options = read(at, schemas.byteLevel, step);
  const add_prefix_space = hasPrefix && (options.add_prefix_space ?? true);
  const bytes = { type: 'ByteLevel', add_prefix_space: false, use_regex: false };
  const words = (options.use_regex ?? true) ? [isolated(GPT2_PATTERN)] : [];
  return [...(add_prefix_space ? [PREFIX_SPACE] : []), ...words, bytes];
}

function metaspaceSteps(at: Reading, step: Step, place: Place): Step[] {
  const options = read(at, schemas.metaspace, step);
  const scheme = options.prepend_scheme ?? (options.add_prefix_space === false ? 'never' : 'always');
  const kept = place === 'start' || (place === 'section' && scheme === 'always') ? scheme : 'never';
  const metaspace = { type: 'Metaspace', replacement: SPACE_MARK, prepend_scheme: kept };
  // The library joins words where the Rust library cuts before every ▁.
  return options.split === false
    ? [metaspace]
    : [metaspace, matches(`${SPACE_MARK}[^${SPACE_MARK}]*|[^${SPACE_MARK}]+`)];
}

function splitStep(at: Reading, step: Step): Step {
  const options = read(at, schemas.split, step);
  checkPattern(at, options.pattern);
  const invert = options.invert ?? false;
  if (invert && options.behavior === 'Isolated')
    throw new FileError(at.file, 'an inverted split that isolates is not supported.', at.where);
  return { type: 'Split', pattern: options.pattern, behavior: options.behavior, invert };
}

/** One step of the file as steps of the library. The library's own Digits, Punctuation and Whitespace differ from the Rust library's. */
function preTokenizerSteps(at: Reading, step: Step, place: Place): Step[] {
  switch (step.type) {
    case 'ByteLevel':
      return byteLevelSteps(at, step, place !== 'continuation');
    case 'Metaspace':
      return metaspaceSteps(at, step, place);
    case 'Split':
      return [splitStep(at, step)];
    case 'Digits':
      return [isolated(read(at, schemas.digits, step).individual_digits ? '\\p{N}' : '\\p{N}+')];
    case 'Punctuation':
      read(at, schemas.punctuation, step);
      return [isolated('[\\p{P}\\x21-\\x2F\\x3A-\\x40\\x5B-\\x60\\x7B-\\x7E]')];
    case 'Whitespace':
      return [matches('\\w+|[^\\w\\s]+')];
    case 'WhitespaceSplit':
      return [matches('\\S+')];
    default:
      throw unsupported(at, step.type, 'pre-tokenizer');
  }
}

/** Throws FileError unless the decoder is that of one of the two alphabets. */
function readDecoder(file: string, raw: unknown): { alphabet: Alphabet; dropsSpace: boolean } {
  const steps = stepsOf(file, raw, 'decoder');
  if (steps.length === 0)
    throw new FileError(file, 'has no decoder, so its tokens cannot be turned into text.', 'decoder');
  if (steps.some(({ type }) => type === 'ByteLevel')) {
    const other = steps.find(({ type }) => type !== 'ByteLevel');
    if (other) throw unsupported({ file, where: other.where }, other.type, 'decoder');
    return { alphabet: 'byte-level', dropsSpace: false };
  }
  let dropsSpace = false;
  for (const step of steps) {
    const at = { file, where: step.where };
    if (step.type === 'Metaspace') {
      const options = read(at, schemas.metaspace, step);
      dropsSpace ||= (options.prepend_scheme ?? (options.add_prefix_space === false ? 'never' : 'always')) !== 'never';
    } else if (step.type === 'Strip') dropsSpace ||= read(at, schemas.stripDecoder, step).start === 1;
    else if (step.type === 'Replace') read(at, schemas.replaceDecoder, step);
    else if (step.type !== 'ByteFallback' && step.type !== 'Fuse') throw unsupported(at, step.type, 'decoder');
  }
  return { alphabet: 'spaced', dropsSpace };
}

/** Reads and checks the three parts of a tokenizer.json. Throws FileError naming the step that is not supported. */
export function readParts(
  file: string,
  raw: { normalizer?: unknown; pre_tokenizer?: unknown; decoder?: unknown },
): Parts {
  const decoder = readDecoder(file, raw.decoder);
  const steps = stepsOf(file, raw.pre_tokenizer, 'pre_tokenizer');
  const isByteLevel = steps.some(({ type }) => type === 'ByteLevel');
  if (isByteLevel !== (decoder.alphabet === 'byte-level')) {
    const problem =
      'its pre-tokenizer and its decoder do not agree whether tokens are bytes. Was the file changed? Download it again.';
    throw new FileError(file, problem, 'decoder');
  }
  const preTokenizers = (place: Place): Step[] =>
    steps.flatMap((step) => preTokenizerSteps({ file, where: step.where }, step, place));
  return {
    ...decoder,
    normalizers: readNormalizers(file, raw.normalizer),
    preTokenizers: {
      start: preTokenizers('start'),
      section: preTokenizers('section'),
      continuation: preTokenizers('continuation'),
    },
  };
}
