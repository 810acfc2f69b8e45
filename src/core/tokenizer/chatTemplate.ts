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
  /** White space that the model is used to between a prompt and its answer. */
  readonly glue: string;
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

interface Renderer {
  readonly file: string;
  readonly run: TemplateRun;
  readonly texts: Readonly<Record<string, string>>;
}

function render({ file, run, texts }: Renderer, messages: readonly object[], add_generation_prompt: boolean): string {
  try {
    return run({ ...texts, messages, add_generation_prompt, tools: null, documents: null });
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

const user = { role: 'user', content: USER };

/** White space the template puts before an answer, where an answer follows its own prompt; '' where it writes anything else there. */
function glueOf(renderer: Renderer, prompt: string): string {
  let whole: string;
  try {
    whole = render(renderer, [user, { role: 'assistant', content: ANSWER }], false);
  } catch (error) {
    if (error instanceof FileError) return '';
    throw error;
  }
  const at = whole.indexOf(ANSWER);
  if (at < prompt.length || !whole.startsWith(prompt)) return '';
  const glue = whole.slice(prompt.length, at);
  return glue.trim() === '' ? glue : '';
}

function templateForm(renderer: Renderer): PromptForm {
  const prompt = render(renderer, [user], true);
  const pieces = prompt.split(USER);
  if (pieces.length < 2) throw templateFails(renderer.file, new TemplateError('it leaves out what the user says'));
  return {
    kind: 'template',
    glue: glueOf(renderer, prompt),
    wrap: (parts) => pieces.flatMap((piece, i) => (i === 0 ? [written(piece)] : [...parts, written(piece)])),
  };
}

function plainForm({ specials, addsBos }: HfTokenizer): PromptForm {
  const bos = addsBos ? (specials.texts.bos_token ?? '') : '';
  return { kind: 'plain', glue: '', wrap: (parts) => [written(bos), ...parts, written('\n')] };
}

/**
 * How a model wants to be asked. Throws FileError with the template's own message when it fails, runs too long or leaves the user's
 * text out.
 */
export async function readPromptForm(files: HfTokenizerFiles, tokenizer: HfTokenizer): Promise<PromptForm> {
  const found = await findTemplate(files, tokenizer.config);
  if (!found) return plainForm(tokenizer);
  try {
    return templateForm({ file: found.file, run: compileTemplate(found.source), texts: tokenizer.specials.texts });
  } catch (error) {
    if (error instanceof TemplateError) throw templateFails(found.file, error);
    throw error;
  }
}
