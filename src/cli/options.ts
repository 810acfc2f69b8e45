// `--name value`, `--name=value` and bare switches, nothing more.

/** Throws Error naming an unknown option or one without its value. Switches have the default '' and become '1'. */
export function readOptions<T extends Record<string, string | null>>(args: readonly string[], defaults: T): T {
  const options: Record<string, string | null> = { ...defaults };
  for (let i = 0; i < args.length; i++) {
    const match = /^--([\w-]+)(?:=(.*))?$/.exec(args[i]!);
    const name = match?.[1]?.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase());
    if (!match || name === undefined || !Object.hasOwn(defaults, name)) {
      throw new Error(
        `Unknown option “${args[i]}”. Known: ${Object.keys(defaults)
          .map((key) => `--${dashed(key)}`)
          .join(', ')}.`,
      );
    }
    if (defaults[name] === '') options[name] = match[2] ?? '1';
    else {
      const value = match[2] ?? args[++i];
      if (value === undefined) throw new Error(`Option “--${match[1]}” needs a value.`);
      options[name] = value;
    }
  }
  return options as T;
}

const dashed = (name: string): string => name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

/** `name=value,name=value` → settings by name. Throws Error naming an entry without “=”. */
export function readSettings(text: string | null): Record<string, string> {
  if (!text) return {};
  return Object.fromEntries(
    text.split(',').map((entry) => {
      const at = entry.indexOf('=');
      if (at < 1) throw new Error(`“${entry}” is no setting: write name=value.`);
      return [entry.slice(0, at), entry.slice(at + 1)];
    }),
  );
}

/** A comma list of known words. Throws Error naming one that is not known. */
export function wordsOf<T extends string>(text: string, known: readonly T[], what: string): T[] {
  return text.split(',').map((word) => {
    const found = known.find((one) => one === word);
    if (!found) throw new Error(`“${word}” is no ${what}: there are ${known.join(', ')}.`);
    return found;
  });
}

/** A comma list of whole numbers from 1. Throws Error. */
export function countsOf(text: string, what: string): number[] {
  return text.split(',').map((word) => {
    if (!/^[1-9]\d*$/.test(word)) throw new Error(`“${word}” is no ${what}: write whole numbers from 1.`);
    return Number(word);
  });
}

/** Throws Error saying what is wrong with settings. A command stops there: what a page would go on with is left out. */
export function refuseProblems(problems: readonly { message: string }[]): void {
  if (problems.length === 0) return;
  throw new Error(problems.map(({ message }) => message.replace(/(?:; using .*|, ignored)\.$/, '.')).join(' '));
}
