// Makes a fresh clone ready: checks Node's version and installs the packages that package-lock.json names, when they are
// not there already. A fast no-op otherwise. Uses nothing but Node itself.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The repository's top folder. */
export const ROOT = fileURLToPath(new URL('..', import.meta.url));

const OLDEST_MAJOR = 20;
const OLDEST_MINOR = 19;

/**
 * @param {string} version as in process.versions.node
 * @returns {string | null} one sentence, or null when the version will do
 */
export function nodeProblem(version) {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const fits = major > OLDEST_MAJOR || (major === OLDEST_MAJOR && minor >= OLDEST_MINOR);
  return fits
    ? null
    : `ALLO Studio needs Node ${OLDEST_MAJOR}.${OLDEST_MINOR} or newer; this is Node ${version}. Get it at nodejs.org.`;
}

/** @param {string} file @returns {Record<string, {version?: string, optional?: boolean}> | null} */
function lockedPackages(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8')).packages ?? null;
  } catch {
    return null;
  }
}

/**
 * Does node_modules hold what the lock file names? Optional packages (other platforms' binaries) may be absent.
 * @param {string} root
 */
export function packagesInstalled(root) {
  const wanted = lockedPackages(join(root, 'package-lock.json'));
  const present = lockedPackages(join(root, 'node_modules', '.package-lock.json'));
  if (!wanted || !present) return false;
  return Object.entries(wanted).every(([path, entry]) => {
    if (path === '') return true;
    const found = present[path];
    if (!found) return entry.optional === true;
    return found.version === entry.version && existsSync(join(root, path));
  });
}

/** Installs what is missing; ends the process with one sentence when it cannot. */
export function setup() {
  const problem = nodeProblem(process.versions.node);
  if (problem) fail(problem);
  if (packagesInstalled(ROOT)) return;
  // On stderr, all of it: what follows may print JSON for a program to read.
  console.error('Installing packages (npm ci) …');
  const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';
  const { status, error } = spawnSync(npm, ['ci', '--include=dev', '--no-audit', '--no-fund'], {
    cwd: ROOT,
    stdio: ['ignore', 2, 2],
    shell: process.platform === 'win32',
  });
  if (status !== 0)
    fail(`npm ci failed${error ? ` (${error.message})` : ''}: see above; it needs access to the npm registry.`);
}

/** @param {string} sentence @returns {never} */
export function fail(sentence) {
  console.error(sentence);
  process.exit(1);
}

if (process.argv[1] && resolve(process.argv[1]) === fileURLToPath(import.meta.url)) setup();
