// `npm test`: everything, from a fresh clone. Each step is named and timed; the first failure ends it.
import { spawnSync } from 'node:child_process';
import { fail, ROOT, setup } from './setup.mjs';

/** @type {{name: string, seconds: number, passed: boolean}[]} */
const done = [];

/** @param {string} name @param {() => boolean} run */
function step(name, run) {
  console.log(`\n── ${name} ──`);
  const started = performance.now();
  const passed = run();
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

/** @param {string[]} args of npm run */
const npmRun = (...args) => {
  const windows = process.platform === 'win32';
  return (
    spawnSync(windows ? 'npm.cmd' : 'npm', ['run', '--silent', ...args], {
      cwd: ROOT,
      stdio: 'inherit',
      shell: windows,
    }).status === 0
  );
};

step('set-up', () => {
  setup();
  return true;
});

const { ensureChromium } = await import('./chromium.mjs');
const { ensureBuilt } = await import('./build.mjs');

step('Chromium', () => {
  try {
    process.env.ALLO_CHROMIUM = ensureChromium();
    console.log(process.env.ALLO_CHROMIUM);
    return true;
  } catch (error) {
    fail(error instanceof Error ? error.message : String(error));
  }
});
step('dependencies: lock file, known advisories', () => npmRun('audit'));
step('check: types, lint, format, imports, unit tests', () => npmRun('check'));
for (const backend of ['cpu', 'wasm', 'webgpu']) {
  step(`golden vectors on ${backend}`, () => npmRun('vectors', '--', '--backend', backend));
  step(`the architectures' vectors on ${backend}`, () =>
    npmRun('vectors', '--', '--backend', backend, 'src/testing/fixtures/architectures'),
  );
}
step('a recorded arm, computed again', () => npmRun('study', '--', '--verify', '--sample', '1'));
step('build', ensureBuilt);
step('end to end', () => npmRun('e2e', '--', '--project=wasm', '--project=webgpu', '--workers=2'));
step('end to end, on the clock', () => npmRun('e2e', '--', '--project=timed'));
finish();
