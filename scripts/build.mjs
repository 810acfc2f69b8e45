// Builds dist unless it is newer than everything it is made from.
import { spawnSync } from 'node:child_process';
import { readdirSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './setup.mjs';

const SOURCES = [
  'src',
  'public',
  'index.html',
  'hub.html',
  'vite.config.ts',
  'package.json',
  'package-lock.json',
  'scripts/policy.mjs',
  'scripts/policyPlugin.ts',
];

/**
 * Latest change of a file, or of anything below a folder (folders too: that is how a removed file is noticed), in ms.
 * @param {string} path
 * @returns {number} 0 when there is nothing
 */
function lastChange(path) {
  const info = statSync(path, { throwIfNoEntry: false });
  if (!info) return 0;
  if (!info.isDirectory()) return info.mtimeMs;
  return readdirSync(path).reduce((latest, name) => Math.max(latest, lastChange(join(path, name))), info.mtimeMs);
}

/**
 * @param {string} [root]
 * @returns {boolean} is dist complete and newer than its sources?
 */
export function isBuilt(root = ROOT) {
  // The mark is written after a whole build, so that a cut one does not count.
  const built = lastChange(join(root, 'dist', '.built'));
  return built > 0 && SOURCES.every((name) => lastChange(join(root, name)) < built);
}

/** @returns {boolean} whether there is a complete dist now */
export function ensureBuilt() {
  if (isBuilt()) return true;
  const mark = join(ROOT, 'dist', '.built');
  rmSync(mark, { force: true });
  const started = new Date();
  const { status } = spawnSync(process.execPath, ['node_modules/vite/bin/vite.js', 'build', '--logLevel', 'warn'], {
    cwd: ROOT,
    stdio: 'inherit',
  });
  if (status !== 0) return false;
  // Dated at the start: what was edited during the build is not in it.
  writeFileSync(mark, '');
  utimesSync(mark, started, started);
  return true;
}
