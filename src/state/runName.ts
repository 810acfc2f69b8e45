// Readable names for runs: the same seed always has the same name.
const ADJECTIVES =
  'quiet amber brave calm clever crisp eager early gentle golden honest keen light lucid mellow nimble patient plain proud rapid silver steady sunny swift tidy vivid warm wise bold bright curious deep'.split(
    ' ',
  );
const ANIMALS =
  'otter heron badger beetle bison crane dolphin falcon finch fox gecko hare ibex jay koala lark lemur lynx marten newt owl panda plover raven robin seal swan tapir tern viper weasel wren'.split(
    ' ',
  );

/** "amber-heron" for a seed; a name already `taken` in this session gets a number behind it. */
export function runName(seed: number, taken: readonly string[] = []): string {
  const mixed = Math.imul((seed ^ (seed >>> 16)) >>> 0, 0x9e3779b1) >>> 0;
  const name = `${ADJECTIVES[mixed >>> 27]}-${ANIMALS[(mixed >>> 22) & 31]}`;
  if (!taken.includes(name)) return name;
  for (let n = 2; ; n++) if (!taken.includes(`${name} ${n}`)) return `${name} ${n}`;
}
