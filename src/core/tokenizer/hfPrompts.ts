// A real model's tokenizer as a data set asks for it: questions in the model's own prompt form, answers as they follow it, and the reward model's
// prompt as a user's turn of that form.
import type { ByteSource } from '../files/byteSource';
import { readPromptForm } from './chatTemplate';
import type { HfTokenizerFiles } from './hfFiles';
import { type HfTokenizer, type HfTokenizerOptions, openHfTokenizer, type PromptPart } from './hfTokenizer';
import type { PromptTokenizer } from './promptTokenizer';
import type { TokenizerFile } from './tokenizerFiles';

export interface ModelTokenizer extends PromptTokenizer {
  /** 'template': the model's chat template; 'plain': the text and a line end. */
  readonly form: 'template' | 'plain';
  /** What was guessed, as sentences for people. */
  readonly notes: readonly string[];
  readonly addsBos: boolean;
  /** Ids of a plain text by itself, without start and end token; what the token counts of a preview mean. */
  encode(text: string): number[];
}

// The reference's prompt in our own words (ALGORITHM §4): one instruction, then headed blocks.
const INSTRUCTION =
  'Given the question, a correct solution and a prediction, rewrite the prediction with as few changes as possible so that it reaches the right answer. Keep every word that is right, do not repeat the question, and mark the answer with "The answer is".';

const given = (text: string): PromptPart => ({ text, isTemplate: false });

/** Stand for ids inside the rewriting prompt; no part of a template or of a question is one of them. */
const SOLUTION = '\ue000\ue0f3\ue001';
const PREDICTION = '\ue000\ue0f4\ue001';

function rewritingTurn(question: string): PromptPart[] {
  return [
    given(`${INSTRUCTION}\n\n### Problem:\n${question}\n\n### Correct solution:\n`),
    given(SOLUTION),
    given('\n\n### Prediction:\n'),
    given(PREDICTION),
    given('\n\n### Correct prediction:'),
  ];
}

/** A model's tokenizer with its prompt form. Throws FileError as `openHfTokenizer` and the chat template do. */
export async function openModelTokenizer(
  files: HfTokenizerFiles,
  options: HfTokenizerOptions = {},
): Promise<ModelTokenizer> {
  const tokenizer = await openHfTokenizer(files, options);
  const form = await readPromptForm(files, tokenizer);
  const { vocabulary, specials, addsBos } = tokenizer;
  const { bosId, eosId, padId, endIds } = specials;
  const wrapPrompt = (text: string): number[] => tokenizer.encodePrompt(form.wrap([given(text)]));
  const answerPlace = answersAreSections(tokenizer, wrapPrompt) ? 'section' : 'continuation';
  return {
    ...{ vocabulary, addsBos, bosId, eosId, padId, endIds, form: form.kind },
    notes: [...specials.notes, ...form.notes],
    specialIds: [...specials.ids],
    wrapPrompt,
    encode: (text) => tokenizer.encode(text),
    encodeResponse: (text) => tokenizer.encode(form.answer(text), answerPlace),
    wrapRewriting(question, solution, prediction) {
      const parts = form.wrap(rewritingTurn(question));
      const fixed = new Map([
        [SOLUTION, solution],
        [PREDICTION, prediction],
      ]);
      return encodeAround(tokenizer, parts, fixed);
    },
    decode: (ids) => tokenizer.decode(ids),
    files: () => filesOf(files),
  };
}

/** As they came, under their own names. */
const filesOf = (files: HfTokenizerFiles): Promise<TokenizerFile[]> =>
  Promise.all(
    Object.values(files)
      .filter((source): source is ByteSource => source !== null && source !== undefined)
      .map(async (source) => ({ name: source.name, bytes: await source.read(0, source.size) })),
  );

/** Encodes what stands between the given ids, which stay as they are. `fixed` holds them by the part that stands for them. */
function encodeAround(
  tokenizer: HfTokenizer,
  parts: readonly PromptPart[],
  fixed: ReadonlyMap<string, readonly number[]>,
): number[] {
  const ids: number[] = [];
  let stretch: PromptPart[] = [];
  const flush = (): void => {
    for (const id of tokenizer.encodePrompt(stretch, ids.length === 0 ? 'start' : 'continuation')) ids.push(id);
    stretch = [];
  };
  for (const part of parts) {
    const known = fixed.get(part.text);
    if (known === undefined) {
      stretch.push(part);
      continue;
    }
    flush();
    for (const id of known) ids.push(id);
  }
  flush();
  return ids;
}

/** Whether prompts end with a special token, after which some tokenizers put a space. */
function answersAreSections({ specials }: HfTokenizer, wrapPrompt: (text: string) => number[]): boolean {
  const last = wrapPrompt('x').at(-1);
  return last !== undefined && specials.ids.has(last);
}
