// The form in which a model wants a question: its chat template, run once on a placeholder, so that no user text ever reaches the template's code
// and none of it is mistaken for the template's own. A model without one gets a plain form.
import { FileError } from '../files/byteSource';
import { type HfTokenizerFiles, readText, type TokenizerConfig } from './hfFiles';
import type { HfTokenizer, PromptPart } from './hfTokenizer';
import { compileTemplate, MAX_TEMPLATE, TemplateError, type TemplateRun } from './templateRunner';

export interface PromptForm {
  /** 'template': the model's own; 'plain': start token if the tokenizer puts one, the text and a line end. */
  readonly kind: 'template' | 'plain';
  /** A whole prompt around what a user says, up to where the answer begins. */
  wrap(user: readonly PromptPart[]): PromptPart[];
  /** An answer as it follows its prompt: with the white space that the model is used to between the two. */
  answer(text: string): string;
  /** What was decided, as sentences for people. */
  readonly notes: readonly string[];
}

// Characters for private use: no template trims, changes or compares them.
const USER = '\ue000\ue0f1\ue001';
const ANSWER = '\ue000\ue0f2\ue001';

const written = (text: string): PromptPart => ({ text, isTemplate: true });

/** chat_template.jinja, or the template in tokenizer_config.json; of several named ones the one called “default”. Null without any. */
async function findTemplate(
  files: HfTokenizerFiles,
  config: TokenizerConfig,
): Promise<{ file: string; source: string } | null> {
  if (files.chatTemplate) {
    const source = await readText(files.chatTemplate, MAX_TEMPLATE * 4);
    return { file: files.chatTemplate.name, source };
  }
  const { chat_template: template } = config;
  if (template === null || template === undefined) return null;
  const file = files.tokenizerConfig?.name ?? files.tokenizer.name;
  if (typeof template === 'string') return { file, source: template };
  const chosen = template.find(({ name }) => name === 'default') ?? (template.length === 1 ? template[0] : undefined);
  if (chosen) return { file, source: chosen.template };
  if (template.length === 0) return null;
  const names = template.map(({ name }) => `“${name.slice(0, 40)}”`).slice(0, 8);
  throw new FileError(
    file,
    `has chat templates ${names.join(', ')} but none is called “default”. Keep one of them.`,
    'chat_template',
  );
}

/**
 * What templates ask for beside the messages. Answers here are short and have no thoughts in them, so a model that may think first (Qwen 3) is asked
 * for the answer at once: its template then writes an empty thought, which is also how it writes an answer without one.
 */
const VARIABLES = { tools: null, documents: null, enable_thinking: false };
const NO_THINKING =
  'The model may think before it answers; here it is asked for the answer at once (enable_thinking is false).';

interface Renderer {
  readonly file: string;
  readonly run: TemplateRun;
  readonly texts: Readonly<Record<string, string>>;
}

function render({ file, run, texts }: Renderer, messages: readonly object[], add_generation_prompt: boolean): string {
  try {
    return run({ ...texts, ...VARIABLES, messages, add_generation_prompt });
  } catch (error) {
    if (!(error instanceof TemplateError)) throw error;
    throw templateFails(file, error);
  }
}

const templateFails = (file: string, { message }: TemplateError): FileError =>
  new FileError(
    file,
    `its chat template cannot be used: ${message}. Remove it to use the plain form.`,
    'chat_template',
  );

type Message = Readonly<{ role: 'user' | 'assistant'; content: string }>;
const saying = (content: string): Message => ({ role: 'user', content });

// What Jinja's trim takes away: white space as Python knows it, which JavaScript's is not.
const PYTHONS_BLANKS =
  '\t\n\v\f\r\x1c\x1d\x1e\x1f \x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000';
/** A character to try, and those that go if it does. */
type Taken = readonly [pad: string, characters: ReadonlySet<string>];
const BLANKS: Taken = [' ', new Set(PYTHONS_BLANKS)];
const LINE_END: Taken = ['\n', new Set('\n')];

/** Characters that a template takes from the two ends of a message. */
interface Trimming {
  readonly start: ReadonlySet<string>;
  readonly end: ReadonlySet<string>;
}
const NOTHING: ReadonlySet<string> = new Set();

function trimmed(text: string, { start, end }: Trimming): string {
  let [from, to] = [0, text.length];
  while (from < to && start.has(text[from]!)) from++;
  while (to > from && end.has(text[to - 1]!)) to--;
  return text.slice(from, to);
}

/** Found by trying: `write` gives the whole text around a message. Some (Qwen 3) take line ends only. */
function trimmingOf(write: (content: string) => string, content: string): Trimming {
  const plain = write(content);
  const taken = (padded: (pad: string) => string): ReadonlySet<string> =>
    [BLANKS, LINE_END].find(([pad]) => write(padded(pad)) === plain)?.[1] ?? NOTHING;
  return { start: taken((pad) => pad + content), end: taken((pad) => content + pad) };
}

/** How the template puts an answer after its prompt; as it is where it writes anything but white space there. */
function answerOf(renderer: Renderer, prompt: string): PromptForm['answer'] {
  const write = (content: string): string =>
    render(renderer, [saying(USER), { role: 'assistant', content } satisfies Message], false);
  let [glue, trimming]: [string, Trimming] = ['', { start: NOTHING, end: NOTHING }];
  try {
    const whole = write(ANSWER);
    trimming = trimmingOf(write, ANSWER);
    const at = whole.indexOf(ANSWER);
    const between = at >= prompt.length && whole.startsWith(prompt) ? whole.slice(prompt.length, at) : '';
    if (between.trim() === '') glue = between;
  } catch (error) {
    // Some know no answers.
    if (!(error instanceof FileError)) throw error;
  }
  return (text) => glue + trimmed(text, trimming);
}

function templateForm(renderer: Renderer, notes: readonly string[]): PromptForm {
  const write = (content: string): string => render(renderer, [saying(content)], true);
  const prompt = write(USER);
  const pieces = prompt.split(USER);
  if (pieces.length < 2) throw templateFails(renderer.file, new TemplateError('it leaves out what the user says'));
  const { start, end } = trimmingOf(write, USER);
  return {
    ...{ kind: 'template', notes, answer: answerOf(renderer, prompt) },
    wrap(parts) {
      const last = parts.length - 1;
      const given = parts.map((part, i) => ({
        ...part,
        text: trimmed(part.text, { start: i === 0 ? start : NOTHING, end: i === last ? end : NOTHING }),
      }));
      return pieces.flatMap((piece, i) => (i === 0 ? [written(piece)] : [...given, written(piece)]));
    },
  };
}

function plainForm({ specials, addsBos }: HfTokenizer): PromptForm {
  const bos = addsBos ? (specials.texts.bos_token ?? '') : '';
  return {
    ...{ kind: 'plain', notes: [], answer: (text: string) => text },
    wrap: (parts) => [written(bos), ...parts, written('\n')],
  };
}

/**
 * How a model wants to be asked. Throws FileError with the template's own message when it fails, runs too long or leaves the user's
 * text out.
 */
export async function readPromptForm(files: HfTokenizerFiles, tokenizer: HfTokenizer): Promise<PromptForm> {
  const found = await findTemplate(files, tokenizer.config);
  if (!found) return plainForm(tokenizer);
  try {
    const renderer = { file: found.file, run: compileTemplate(found.source), texts: tokenizer.specials.texts };
    return templateForm(renderer, found.source.includes('enable_thinking') ? [NO_THINKING] : []);
  } catch (error) {
    if (error instanceof TemplateError) throw templateFails(found.file, error);
    throw error;
  }
}
