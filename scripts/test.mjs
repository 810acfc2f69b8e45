// `npm test`: everything, from a fresh clone. Each step is named and timed; the first failure ends it.
import { spawn } from 'node:child_process';
import { fail, ROOT, setup } from './setup.mjs';

/** @type {{name: string, seconds: number, passed: boolean}[]} */
const done = [];

/** @param {string} name @param {() => boolean | Promise<boolean>} run */
async function step(name, run) {
  console.log(`\n── ${name} ──`);
  const started = performance.now();
  const passed = await run();
  done.push({ name, seconds: (performance.now() - started) / 1000, passed });
  if (!passed) finish();
}

/** @returns {never} */
function finish() {
  const total = done.reduce((sum, { seconds }) => sum + seconds, 0);
  const passed = done.every((entry) => entry.passed);
  console.log('\n── summary ──');
  for (const entry of done)
    console.log(`${entry.passed ? 'ok    ' : 'FAILED'} ${entry.seconds.toFixed(1).padStart(7)} s  ${entry.name}`);
  console.log(`${passed ? 'ok    ' : 'FAILED'} ${total.toFixed(1).padStart(7)} s  in all`);
  process.exit(passed ? 0 : 1);
}

/**
 * `npm run` of a script.
 * @param {string[]} args
 * @param {'inherit' | 'pipe'} output to the terminal at once, or in one piece at its end
 * @returns {Promise<boolean>} it passed
 */
function npmRun(args, output = 'inherit') {
  const windows = process.platform === 'win32';
  const child = spawn(windows ? 'npm.cmd' : 'npm', ['run', '--silent', ...args], {
    cwd: ROOT,
    stdio: ['inherit', output, output],
    shell: windows,
  });
  /** @type {string[]} */
  const told = [];
  for (const stream of [child.stdout, child.stderr]) stream?.setEncoding('utf8').on('data', (text) => told.push(text));
  return new Promise((resolve) => {
    child.on('error', () => resolve(false));
    child.on('close', (status) => {
      if (output === 'pipe') console.log(`$ npm run ${args.join(' ')}\n${told.join('')}`);
      resolve(status === 0);
    });
  });
}

await step('set-up', () => {
  setup();
  return true;
});

const { ensureChromium } = await import('./chromium.mjs');
const { ensureBuilt } = await import('./build.mjs');

await step('Chromium', () => {
  try {
    process.env.ALLO_CHROMIUM = ensureChromium();
    console.log(process.env.ALLO_CHROMIUM);
    return true;
  } catch (error) {
    fail(error instanceof Error ? error.message : String(error));
  }
});
await step('dependencies: lock file, known advisories', () => npmRun(['audit']));
// A recorded arm takes one core for as long as all the others.
await step(
  'types, lint, format, imports, golden vectors on every backend; beside them a recorded arm, computed again',
  async () => {
    const arm = npmRun(['study', '--', '--verify', '--sample', '1'], 'pipe');
    let passed = (await npmRun(['typecheck'])) && (await npmRun(['lint']));
    const golden = ['src/testing/golden', 'src/testing/fixtures/architectures'];
    for (const backend of ['cpu', 'wasm', 'webgpu'])
      passed = passed && (await npmRun(['vectors', '--', '--backend', backend, ...golden]));
    return (await arm) && passed;
  },
);
await step('unit tests', () => npmRun(['unit']));
await step('build', ensureBuilt);
await step('end to end', () =>
  npmRun(['e2e', '--', '--project=wasm', '--project=webgpu', '--workers=3', '--grep-invert=@long']),
);
await step('soak, short', () => npmRun(['soak', '--', '--kills=4', '--kinds=tab,browser,worker,storage', '--seed=4']));
await step('end to end, on the clock', () => npmRun(['e2e', '--', '--project=timed']));
finish();
