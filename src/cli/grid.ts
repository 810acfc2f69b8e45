// A grid of settings on the command line: `--grid a=1,2 b=x,y` is four combinations.

/** The words after `--grid` up to the next option, as one value. */
export function withGridArguments(args: readonly string[]): string[] {
  const at = args.indexOf('--grid');
  if (at < 0) return [...args];
  let end = at + 1;
  while (end < args.length && !args[end]!.startsWith('--')) end++;
  return [...args.slice(0, at + 1), args.slice(at + 1, end).join(';'), ...args.slice(end)];
}

/** “a=1,2;b=x” → values by name. Throws Error naming an entry without “=”. */
export function gridOf(text: string): Record<string, string[]> {
  const entries = text.split(';').filter((entry) => entry !== '');
  return Object.fromEntries(
    entries.map((entry) => {
      const at = entry.indexOf('=');
      if (at < 1) throw new Error(`“${entry}” is no line of a grid: write name=value,value.`);
      return [entry.slice(0, at), entry.slice(at + 1).split(',')];
    }),
  );
}

/** Every choice of one value a name; one empty choice of an empty grid. */
export const combinations = (grid: Readonly<Record<string, readonly string[]>>): Record<string, string>[] =>
  Object.entries(grid).reduce<Record<string, string>[]>(
    (all, [name, values]) => all.flatMap((one) => values.map((value) => ({ ...one, [name]: value }))),
    [{}],
  );
