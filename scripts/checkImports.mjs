// The direction of imports (README, “The house”): app → features → {components, state} → worker/{trainerClient, protocol}, storage
// → core, and inside core: base ← ops ← model, optim, losses ← stages ← run. Also: no cycles, no barrels, TensorFlow.js in
// few files and never within the page's reach. A command: node scripts/checkImports.mjs
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, posix, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * @typedef {{specifier: string, line: number, typeOnly: boolean}} Import
 * @typedef {{file: string, line: number, message: string}} Violation
 */

const CORE = ['core/run', 'core/stages', 'core/parts', 'core/ops', 'core/data', 'core/base'];
/** What the page may know of the core. That none of it loads tensors is checked over the whole reach, below. */
const BELOW_PAGE = ['protocol', 'core/run', 'core/parts', 'core/data', 'core/base'];

/**
 * First match wins. A zone may import from itself and from the zones in `from`.
 * @type {{name: string, path: RegExp, from: string[]}[]}
 */
const ZONES = [
  { name: 'main', path: /^src\/main\.tsx$/, from: ['app', 'isolation'] },
  {
    name: 'app',
    path: /^src\/app\//,
    from: ['features', 'components', 'state', 'storage', 'client', 'isolation', ...BELOW_PAGE],
  },
  {
    name: 'features',
    path: /^src\/features\//,
    from: ['components', 'picture data', 'state', 'storage', 'client', 'isolation', ...BELOW_PAGE],
  },
  // Pure arithmetic of pictures, for the page and for the atlas worker.
  {
    name: 'picture data',
    path: /^src\/components\/matrix\/(matrixSource|pyramid|valueHistogram)\.ts$/,
    from: [],
  },
  { name: 'components', path: /^src\/components\//, from: ['picture data', ...BELOW_PAGE] },
  { name: 'state', path: /^src\/state\//, from: ['storage', 'client', 'isolation', ...BELOW_PAGE] },
  { name: 'isolation', path: /^src\/isolation\/(bringIsolation|trustScripts)(\.test)?\.ts$/, from: [] },
  // A script of its own: nobody imports it.
  { name: 'service worker', path: /^src\/isolation\//, from: [] },
  {
    name: 'client',
    path: /^src\/worker\/(trainerClient|heldFiles|atlasClient|askQueue|inspectClient|startWorker|studyClient)\.ts$/,
    from: ['protocol', 'core/base'],
  },
  {
    name: 'protocol',
    path: /^src\/worker\/(protocol|atlasProtocol|inspectProtocol|studyProtocol|transfer)\.ts$/,
    from: ['core/data', 'core/base'],
  },
  // Saved runs: the trainer's worker writes them, the page lists, opens and removes them.
  { name: 'storage', path: /^src\/storage\//, from: ['core/data', 'core/base'] },
  { name: 'worker', path: /^src\/worker\//, from: ['storage', 'protocol', 'client', 'picture data', ...CORE] },
  { name: 'cli', path: /^src\/cli\//, from: ['state', 'testing', 'scripts', ...CORE] },
  {
    name: 'testing',
    path: /^src\/testing\//,
    from: ['features', 'state', 'storage', 'worker', 'client', 'protocol', ...CORE],
  },

  { name: 'core/data', path: /^src\/core\/(bundle|data|files|inspect|masks|tokenizer|tokens)\//, from: ['core/base'] },
  { name: 'core/ops', path: /^src\/core\/ops\//, from: ['core/base'] },
  // A model's sizes, names and shapes; no tensor.
  { name: 'core/base', path: /^src\/core\/model\/(config|modelSummary)\.ts$/, from: [] },
  // A study's job and result as data.
  { name: 'core/base', path: /^src\/core\/study\/(experiment|job|result|ticks)\.ts$/, from: [] },
  { name: 'core/parts', path: /^src\/core\/(model|optim|losses)\//, from: ['core/ops', 'core/data', 'core/base'] },
  { name: 'core/stages', path: /^src\/core\/stages\//, from: ['core/parts', 'core/ops', 'core/data', 'core/base'] },
  {
    name: 'core/base',
    path: /^src\/core\/(arms|config|events|failures|fields|fields\/[a-z]+|halfFloats|math|memory|memoryBuffers|memoryFit|messageTurns|methods|parseConfig|presets|rng|safetensors|sampler|sha256|stretches|tf)(\.test)?\.ts$/,
    from: [],
  },
  { name: 'core/parts', path: /^src\/core\/memoryUse\.ts$/, from: ['core/ops', 'core/data', 'core/base'] },
  // Whatever else lies at the top of the core knows the whole pipeline or a good part of it.
  { name: 'core/run', path: /^src\/core\/(vectors\/.*|study\/.*|[^/]+)\.ts$/, from: CORE },
];

/** Files outside `src` that the command line may use. */
const SCRIPTS = /^scripts\//;

/** The only files that may name TensorFlow.js's packages. */
const TENSOR_FILES = /^src\/(core\/(tf|backend)\.ts|worker\/wasmPaths\.ts)$/;
/** The page's own zones: nothing in their reach may load tensors. */
const PAGE_ZONES = new Set(['main', 'app', 'features', 'components', 'state', 'client']);
/** Packages that belong to the page and to nothing below it. */
const PAGE_PACKAGES = /^(react|react-dom|recharts|zustand)(\/|$)/;

const IMPORT =
  /^[ \t]*(?:import|export)\s+(?<type>type\s)?(?:[^'"`;]*?\sfrom\s*)?['"](?<static>[^'"]+)['"]|import\(\s*['"](?<dynamic>[^'"]+)['"]\s*\)/gm;

/**
 * The imports of a module. A worker's address (`?worker&url`, or `new URL('…', import.meta.url)`) is a border and not one of them.
 * @param {string} source
 * @returns {Import[]}
 */
export function importsOf(source) {
  const code = source.replace(/\/\*[\s\S]*?\*\//g, (comment) => comment.replace(/[^\n]/g, ' '));
  return [...code.matchAll(IMPORT)]
    .filter(([text]) => !/\?worker&url['"]/.test(text))
    .map((match) => {
      const { type, static: plain, dynamic } = /** @type {Record<string, string | undefined>} */ (match.groups);
      const specifier = plain ?? dynamic ?? '';
      const inline = match[0].match(/\{([^}]*)\}/)?.[1];
      const onlyTypes = inline?.split(',').every((name) => name.trim() === '' || /^\s*type\s/.test(name)) ?? false;
      return {
        specifier,
        line: code.slice(0, match.index).split('\n').length,
        typeOnly: Boolean(type) || onlyTypes,
      };
    });
}

const zoneOf = (/** @type {string} */ file) =>
  [...ZONES, { name: 'scripts', path: SCRIPTS, from: [] }].find(({ path }) => path.test(file));

/** @param {string} from @param {string} specifier @param {(path: string) => boolean} exists */
function resolveImport(from, specifier, exists) {
  const path = posix.join(posix.dirname(from), specifier.replace(/\?.*$/, ''));
  return [path, `${path}.ts`, `${path}.tsx`].find(exists) ?? null;
}

const isTest = (/** @type {string} */ file) => /\.test\.tsx?$/.test(file);
const featureOf = (/** @type {string} */ file) => file.match(/^src\/features\/([^/]+)/)?.[1];

/**
 * @param {ReadonlyMap<string, string>} files path from the repository's top → source
 * @returns {Violation[]}
 */
export function checkImports(files) {
  /** @type {Violation[]} */
  const violations = [];
  /** @type {Map<string, {target: string, line: number, typeOnly: boolean}[]>} */
  const graph = new Map();
  const known = (/** @type {string} */ path) => files.has(path) || SCRIPTS.test(path);

  for (const [file, source] of files) {
    const zone = zoneOf(file);
    const say = (/** @type {number} */ line, /** @type {string} */ message) => violations.push({ file, line, message });
    if (/\/index\.tsx?$/.test(file)) say(1, 'no barrels: import from the file itself');
    if (!zone) say(1, 'belongs to no zone: name one in scripts/checkImports.mjs');
    /** @type {{target: string, line: number, typeOnly: boolean}[]} */
    const edges = [];
    for (const { specifier, line, typeOnly } of importsOf(source)) {
      if (!specifier.startsWith('.')) {
        if (isTest(file)) continue;
        if (/^@tensorflow\//.test(specifier) && !TENSOR_FILES.test(file))
          say(line, `only core/tf.ts imports ${specifier}`);
        if (PAGE_PACKAGES.test(specifier) && zone && !PAGE_ZONES.has(zone.name))
          say(line, `${zone.name} must not import ${specifier}`);
        continue;
      }
      const target = resolveImport(file, specifier, known);
      if (!target) continue; // styles and other assets; the type check finds what is missing
      edges.push({ target, line, typeOnly });
      const targetZone = zoneOf(target);
      if (isTest(file) || !zone || !targetZone) continue;
      const down = targetZone.name === zone.name || zone.from.includes(targetZone.name);
      // Types vanish in the build; the worker's own types stay behind the protocol all the same.
      if (!down && !(typeOnly && zone.name.startsWith('core/') && targetZone.name.startsWith('core/')))
        say(line, `${zone.name} must not import from ${targetZone.name} (${target})`);
      if (zone.name === 'features' && featureOf(file) !== featureOf(target) && targetZone.name === 'features')
        say(line, `features never import each other (${target})`);
      if (zone.name === 'core/data' && target === 'src/core/tf.ts')
        say(line, 'data, masks and tokenizer never import tf');
    }
    graph.set(file, edges);
  }
  return [...violations, ...findCycles(graph), ...findTensorsInPage(graph)];
}

/** @param {Map<string, {target: string, line: number, typeOnly: boolean}[]>} graph @returns {Violation[]} */
function findCycles(graph) {
  /** @type {Violation[]} */
  const found = [];
  /** @type {Map<string, 'open' | 'done'>} */
  const state = new Map();
  /** @type {string[]} */
  const path = [];
  const visit = (/** @type {string} */ file) => {
    state.set(file, 'open');
    path.push(file);
    for (const { target, line, typeOnly } of graph.get(file) ?? []) {
      if (typeOnly) continue;
      if (state.get(target) === 'open')
        found.push({ file, line, message: `cycle: ${[...path.slice(path.indexOf(target)), target].join(' → ')}` });
      else if (!state.has(target)) visit(target);
    }
    path.pop();
    state.set(file, 'done');
  };
  for (const file of graph.keys()) if (!state.has(file)) visit(file);
  return found;
}

/** @param {Map<string, {target: string, line: number, typeOnly: boolean}[]>} graph @returns {Violation[]} */
function findTensorsInPage(graph) {
  /** @type {Violation[]} */
  const found = [];
  for (const start of graph.keys()) {
    if (isTest(start) || !PAGE_ZONES.has(zoneOf(start)?.name ?? '')) continue;
    const seen = new Set([start]);
    const queue = [[start]];
    for (const chain of queue) {
      const file = chain.at(-1) ?? start;
      if (TENSOR_FILES.test(file)) {
        found.push({ file: start, line: 1, message: `the page must not load tensors: ${chain.join(' → ')}` });
        break;
      }
      for (const { target, typeOnly } of graph.get(file) ?? []) {
        if (typeOnly || seen.has(target)) continue;
        seen.add(target);
        queue.push([...chain, target]);
      }
    }
  }
  return found;
}

/** @param {string} folder @returns {string[]} */
const sourcesIn = (folder) =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.tsx?$/.test(entry.name) && !entry.name.endsWith('.d.ts'))
    .map((entry) => join(entry.parentPath, entry.name));

if (process.argv[1] && resolve(process.argv[1]) === fileURLToPath(import.meta.url)) {
  const root = resolve(dirname(fileURLToPath(import.meta.url)), '..');
  const files = new Map(
    (existsSync(join(root, 'src')) ? sourcesIn(join(root, 'src')) : []).map((path) => [
      relative(root, path).replaceAll('\\', '/'),
      readFileSync(path, 'utf8'),
    ]),
  );
  const violations = checkImports(files);
  for (const { file, line, message } of violations) console.error(`${file}:${line}: ${message}`);
  console.log(`imports: ${files.size} files, ${violations.length} violations`);
  process.exit(violations.length > 0 ? 1 : 0);
}
