// Is a regular expression of a tokenizer.json safe to run? JavaScript cannot stop one that backtracks for ever, so those that can are refused
// before they are compiled: repetitions inside repetitions, back references, too many open repetitions in a row. What polynomial time remains
// possible is found by trying (hfSpeed.ts).

const MAX_LENGTH = 4000;
const MAX_DEPTH = 32;
/** GPT-2, Llama 3, Qwen and GPT-4o use at most two in one alternative. */
const MAX_OPEN_REPEATS = 3;

/** What a group (or the whole pattern) holds so far. */
interface Group {
  /** A quantifier or an alternative is somewhere inside: repeating it could match one text in many ways. */
  isAmbiguous: boolean;
  /** `*`, `+`, `{n,}` in the current alternative, those of inner groups counted. */
  openRepeats: number;
  /** The most that an alternative before the current one had. */
  mostRepeats: number;
}

const openGroup = (): Group => ({ isAmbiguous: false, openRepeats: 0, mostRepeats: 0 });

/** Index after the class that opens at `start`; nested classes are skipped by counting. Length of the pattern when it never closes. */
function classEnd(source: string, start: number): number {
  let depth = 0;
  for (let i = start; i < source.length; i++) {
    const character = source[i];
    if (character === '\\') i++;
    else if (character === '[') {
      depth++;
      if (source[i + 1] === '^') i++;
      if (source[i + 1] === ']') i++;
    } else if (character === ']' && --depth === 0) return i + 1;
  }
  return source.length;
}

/** The quantifier at `at`: how long it is, whether it can repeat, and whether without an end. Null when there is none. */
function quantifierAt(source: string, at: number): { length: number; repeats: boolean; isOpen: boolean } | null {
  const character = source[at];
  if (character === '*' || character === '+') return { length: 1, repeats: true, isOpen: true };
  if (character === '?') return { length: 1, repeats: false, isOpen: false };
  const bounds = /^\{(\d*)(,?)(\d*)\}/.exec(source.slice(at, at + 24));
  if (!bounds || (bounds[1] === '' && bounds[3] === '')) return null;
  const [text, low, comma, high] = bounds as unknown as [string, string, string, string];
  const isOpen = comma === ',' && high === '';
  return { length: text.length, repeats: isOpen || Number(high || low) > 1, isOpen };
}

/** What is wrong with a pattern that must not be run, as half a sentence; null for a safe one. Linear in its length. */
export function patternProblem(source: string): string | null {
  if (source.length > MAX_LENGTH) return `is longer than ${MAX_LENGTH} characters`;
  const groups: Group[] = [openGroup()];
  for (let i = 0; i < source.length; ) {
    const group = groups.at(-1)!;
    const character = source[i]!;
    let atom: Group | null = null;
    if (character === '(') {
      if (groups.length > MAX_DEPTH) return `nests groups deeper than ${MAX_DEPTH}`;
      groups.push(openGroup());
      i += /^\(\?(?:<[=!]|<[A-Za-z_]\w*>|[a-z-]*:|[=!>])/.exec(source.slice(i, i + 80))?.[0].length ?? 1;
      continue;
    }
    if (character === '|') {
      group.mostRepeats = Math.max(group.mostRepeats, group.openRepeats);
      group.openRepeats = 0;
      group.isAmbiguous = true;
      i++;
      continue;
    }
    if (character === ')') {
      if (groups.length === 1) return 'closes a group that was not opened';
      atom = groups.pop()!;
      i++;
    } else if (character === '[') i = classEnd(source, i);
    else if (character === '\\') {
      if (/[1-9kg]/.test(source[i + 1] ?? '')) return 'refers back to a group';
      i += /^\\[pPxu]\{[^}]*\}/.exec(source.slice(i, i + 80))?.[0].length ?? 2;
    } else i++;
    const problem = close(groups.at(-1)!, atom, quantifierAt(source, i));
    if (problem) return problem;
    // A second sign after a quantifier makes it lazy or possessive.
    const quantifier = quantifierAt(source, i);
    if (quantifier) {
      i += quantifier.length;
      if (source[i] === '?' || source[i] === '+') i++;
    }
  }
  return groups.length === 1 ? null : 'leaves a group open';
}

/** Counts an atom with its quantifier into the group around it. */
function close(group: Group, atom: Group | null, quantifier: ReturnType<typeof quantifierAt>): string | null {
  if (atom) {
    if (atom.isAmbiguous && quantifier?.repeats) return 'repeats a group that repeats or has alternatives inside';
    group.openRepeats += Math.max(atom.mostRepeats, atom.openRepeats);
    group.isAmbiguous ||= atom.isAmbiguous;
  }
  if (quantifier) group.isAmbiguous = true;
  if (quantifier?.isOpen) group.openRepeats++;
  return group.openRepeats > MAX_OPEN_REPEATS ? `has more than ${MAX_OPEN_REPEATS} open repetitions in a row` : null;
}
