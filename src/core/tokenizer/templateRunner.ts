// Runs a model's chat template, which is untrusted code of a small language (Jinja, over @huggingface/jinja), in bounded time and memory: steps, depth
// and the size of every value are counted while it runs. The library itself has no such bounds. Nothing of the page is in its reach.
import { Environment, Interpreter, parse, tokenize } from '@huggingface/jinja';

/** The longest templates of open models have about 16 000 characters. */
export const MAX_TEMPLATE = 32_768;
/** Longest text a template may make at any time, its output included. */
export const MAX_OUTPUT = 10_000;
// The library's lexer takes quadratic time on white space.
const MAX_BLANK = 2000;
const MAX_STEPS = 50_000;
const MAX_DEPTH = 300;
const MAX_ITEMS = 1000;
const MAX_INTEGER = 1_000_000;
/** Within a filter with arguments: `indent(n)` repeats n spaces for each line. */
const MAX_FILTER_INTEGER = 64;

type Statement = Parameters<Interpreter['evaluate']>[0];
type Value = ReturnType<Interpreter['evaluate']>;

/** A template that fails by itself or against a bound. The message says how. */
export class TemplateError extends Error {
  override readonly name = 'TemplateError';
}

const tooMuch = (what: string): TemplateError => new TemplateError(`it makes ${what}, more than a chat template needs`);

const STRIPS = ['strip', 'lstrip', 'rstrip'];

/** Makes a text's own strip functions take away the characters they are told to; the library's take white space whatever they are told. */
function withPythonsStrip(text: Value): void {
  for (const name of STRIPS) {
    const own = text.builtins.get(name);
    const [plain, whole]: [unknown, unknown] = [own?.value, text.value];
    if (!own || typeof plain !== 'function' || typeof whole !== 'string') continue;
    const Text = text.constructor as new (value: string) => Value;
    own.value = (args: Value[], scope: Environment): Value => {
      const wanted = args[0]?.value;
      if (typeof wanted !== 'string') return plain(args, scope) as Value;
      const [characters, told] = [[...whole], new Set(wanted)];
      let [from, to] = [0, characters.length];
      while (name !== 'rstrip' && from < to && told.has(characters[from]!)) from++;
      while (name !== 'lstrip' && to > from && told.has(characters[to - 1]!)) to--;
      return new Text(characters.slice(from, to).join(''));
    };
  }
}

class BoundedInterpreter extends Interpreter {
  #steps = 0;
  #depth = 0;
  #filters = 0;
  /** Expressions whose value is to be stripped. */
  readonly #stripped = new WeakSet<object>();

  #spend(steps: number): void {
    this.#steps += steps;
    if (this.#steps > MAX_STEPS) throw tooMuch(`more than ${MAX_STEPS} steps`);
  }

  /** Nodes and characters of a value are paid for, so that lists that hold themselves twice and twice again are found before they are written out. */
  #weigh(value: Value): void {
    const open: Value[] = [value];
    let [items, characters] = [0, 0];
    for (let one = open.pop(); one !== undefined; one = open.pop()) {
      if (++items > MAX_ITEMS) throw tooMuch(`a list of more than ${MAX_ITEMS} things`);
      const inner: unknown = one.value;
      if (typeof inner === 'string') characters += inner.length;
      else if (typeof inner === 'number') this.#checkNumber(inner);
      else if (Array.isArray(inner) || inner instanceof Map) {
        if (open.length + (Array.isArray(inner) ? inner.length : inner.size) > MAX_ITEMS)
          throw tooMuch(`a list of more than ${MAX_ITEMS} things`);
        for (const child of inner.values() as Iterable<Value | undefined>) if (child) open.push(child);
      }
      if (characters > MAX_OUTPUT) throw tooMuch(`a text of more than ${MAX_OUTPUT} characters`);
    }
    this.#spend(items + Math.ceil(characters / 8));
  }

  #checkNumber(value: number): void {
    const most = this.#filters > 0 ? MAX_FILTER_INTEGER : MAX_INTEGER;
    if (Math.abs(value) > most) throw tooMuch(`a number over ${most} where it is`);
  }

  override evaluate(statement: Statement, environment: Environment): Value {
    this.#spend(1);
    if (this.#depth >= MAX_DEPTH) throw new TemplateError(`it nests deeper than ${MAX_DEPTH} levels`);
    const isFilter = statement?.type === 'FilterExpression' || statement?.type === 'FilterStatement';
    const hasArguments = isFilter && 'filter' in statement && isCall(statement.filter);
    this.#depth++;
    if (hasArguments) this.#filters++;
    const object = strippedBy(statement);
    if (object) this.#stripped.add(object);
    try {
      const value = super.evaluate(statement, environment);
      if (value && statement && this.#stripped.has(statement)) withPythonsStrip(value);
      // Filters of the library may give nothing at all, such as the first of no things.
      if (value) this.#weigh(value);
      return value;
    } finally {
      this.#depth--;
      if (hasArguments) this.#filters--;
    }
  }
}

/** `text` of `text.strip`, else null. */
function strippedBy(statement: Statement): object | null {
  if (statement?.type !== 'MemberExpression' || !('object' in statement) || !('property' in statement)) return null;
  const { object, property } = statement as { object: object; property: { value?: unknown } };
  return STRIPS.includes(String(property.value)) ? object : null;
}

const isCall = (filter: unknown): boolean =>
  typeof filter === 'object' && filter !== null && 'type' in filter && filter.type === 'CallExpression';

/** `range` of Jinja, bounded before it is made. */
function range(first: number, last?: number | null, step = 1): number[] {
  const [start, stop] = last === undefined || last === null ? [0, first] : [first, last];
  const count = Math.max(0, Math.ceil((stop - start) / step));
  if (!(count <= MAX_ITEMS)) throw tooMuch(`a range of more than ${MAX_ITEMS} numbers`);
  return Array.from({ length: count }, (_, i) => start + i * step);
}

/** One fixed day (Llama 3's own when it knows no date): the same prompt today and tomorrow. */
const DAY: Readonly<Record<string, string>> = {
  ...{ Y: '2024', m: '07', d: '26', b: 'Jul', B: 'July', H: '00', M: '00', S: '00', '%': '%' },
};

function createEnvironment(variables: Readonly<Record<string, unknown>>): Environment {
  const environment = new Environment();
  const globals: Record<string, unknown> = {
    ...{ true: true, True: true, false: false, False: false, none: null, None: null, range },
    raise_exception: (message: unknown) => {
      throw new TemplateError(`it says “${String(message).slice(0, 200)}”`);
    },
    strftime_now: (format: unknown) =>
      String(format).replace(/%([YmdbBHMS%])/g, (_, letter: string) => DAY[letter] ?? ''),
  };
  for (const [name, value] of Object.entries({ ...globals, ...variables })) environment.set(name, value);
  return environment;
}

/** What a template makes of messages. */
export type TemplateRun = (variables: Readonly<Record<string, unknown>>) => string;

/** Reads a template. The result runs it; both throw TemplateError, and nothing else, when it is wrong or over a bound. */
export function compileTemplate(source: string): TemplateRun {
  if (source.length > MAX_TEMPLATE) throw new TemplateError(`it is longer than ${MAX_TEMPLATE} characters`);
  if (new RegExp(`\\s{${MAX_BLANK}}`).test(source))
    throw new TemplateError(`it has more than ${MAX_BLANK} blanks in a row`);
  const program = guarded(() => parse(tokenize(source, { lstrip_blocks: true, trim_blocks: true })));
  return (variables) =>
    guarded(() => {
      const { value } = new BoundedInterpreter(createEnvironment(variables)).run(program);
      if (typeof value !== 'string') throw new TemplateError('it makes no text');
      return value;
    });
}

function guarded<T>(run: () => T): T {
  try {
    return run();
  } catch (error) {
    if (error instanceof TemplateError) throw error;
    // Deep nesting ends the parser by a RangeError of the engine, a fault in the template by an Error of the library.
    throw new TemplateError(error instanceof Error ? error.message.slice(0, 200) : String(error));
  }
}
