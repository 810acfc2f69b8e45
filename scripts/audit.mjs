// Dependencies: what the lock file may name, and whether advisories are known against any of it (`npm audit`, where the registry answers).
// Fails on what the lock file must not hold and on advisories of level high or critical. A command: node scripts/audit.mjs
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ROOT } from './setup.mjs';

/** Packages that may run a script of their own when they are installed. */
const MAY_RUN = new Set(['core-js', 'esbuild', 'fsevents']);
const GRAVE = ['high', 'critical'];
/** How registries without advisories answer the question for them. */
const NO_SERVICE = [401, 403, 404, 405, 410, 501];
/** The registry may be slow or silent; the tests do not wait for it. */
const PATIENCE_MS = 20_000;

/**
 * @typedef {{version?: string, resolved?: string, integrity?: string, hasInstallScript?: boolean, link?: boolean,
 *   dependencies?: Record<string, string>, devDependencies?: Record<string, string>}} Locked
 * @typedef {{passed: boolean, text: string}} Verdict
 */

/**
 * What a lock file must not hold, a sentence each: packages from elsewhere than a registry, without a hash, or with an install script.
 * @param {{lockfileVersion?: number, packages?: Record<string, Locked>}} lock
 */
export function lockProblems({ lockfileVersion, packages }) {
  if (lockfileVersion !== 3 || !packages) return ['package-lock.json is not of version 3.'];
  const problems = [];
  const { dependencies, devDependencies } = packages[''] ?? {};
  for (const [name, version] of Object.entries({ ...dependencies, ...devDependencies }))
    if (!/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version))
      problems.push(`package.json names ${name} as ${version}, not by one version.`);
  for (const [path, { resolved, integrity, hasInstallScript, link }] of Object.entries(packages)) {
    if (path === '') continue;
    const name = path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length);
    // Without `resolved` npm takes the package of that name and version from its registry, and holds it to the hash.
    if (link || (resolved !== undefined && !/^https:\/\/[^/]+\/.+\.tgz$/.test(resolved)))
      problems.push(`${path} does not come from a registry over https (${resolved}).`);
    if (!integrity?.startsWith('sha512-')) problems.push(`${path} has no SHA-512 hash.`);
    if (hasInstallScript && !MAY_RUN.has(name))
      problems.push(`${path} runs a script when it is installed: look at it, then name it in scripts/audit.mjs.`);
  }
  return problems;
}

/**
 * What `npm audit --json` printed, judged. A registry that cannot be reached or has no advisories to give is no fault of the packages;
 * any other failure is one, or the check would pass by not running.
 * @param {string} printed
 * @returns {Verdict}
 */
export function judgeAudit(printed) {
  const told = parse(printed);
  if (!told) return { passed: false, text: `npm audit printed no JSON: ${printed.slice(0, 200)}` };
  if (told.auditReportVersion === 2 && told.vulnerabilities) return judgeReport(told);
  const { message, statusCode, error } = told;
  if (NO_SERVICE.includes(statusCode))
    return notAudited(`the registry gives no advisories (it answered ${statusCode})`);
  if (statusCode === 429 || statusCode >= 500)
    return notAudited(`the registry has trouble (it answered ${statusCode})`);
  if (typeof message === 'string' && /^request to .* failed|network|timeout|ENOTFOUND|EAI_AGAIN/i.test(message))
    return notAudited('the registry cannot be reached');
  return {
    passed: false,
    text: `npm audit failed: ${error?.code ?? ''} ${error?.summary || message || printed.slice(0, 200)}`,
  };
}

/** @param {string} why @returns {Verdict} */
const notAudited = (why) => ({ passed: true, text: `Known advisories were not checked: ${why}.` });

/** @param {string} text @returns {any} null when it is no JSON object */
function parse(text) {
  try {
    const value = JSON.parse(text);
    return typeof value === 'object' ? value : null;
  } catch {
    return null;
  }
}

/**
 * @param {{vulnerabilities: Record<string, {name: string, severity: string, via: (string | {title: string, url: string})[]}>}} report
 * @returns {Verdict}
 */
function judgeReport({ vulnerabilities }) {
  const all = Object.values(vulnerabilities);
  const grave = all.filter(({ severity }) => GRAVE.includes(severity));
  const lines = grave.map(({ name, severity, via }) => {
    const why = via.map((one) => (typeof one === 'string' ? `through ${one}` : `${one.title} (${one.url})`));
    return `${severity}: ${name}: ${why.join('; ')}`;
  });
  const text = `${grave.length} packages with advisories of level high or critical, ${all.length - grave.length} with lesser ones.`;
  return { passed: grave.length === 0, text: [text, ...lines].join('\n') };
}

/**
 * @param {string} folder with package.json and package-lock.json
 * @param {number} [patience] milliseconds
 * @returns {Verdict}
 */
export function runAudit(folder, patience = PATIENCE_MS) {
  const windows = process.platform === 'win32';
  const args = ['audit', '--json', '--audit-level=high', '--fetch-retries=0'];
  const { stdout, error } = spawnSync(windows ? 'npm.cmd' : 'npm', args, {
    ...{ cwd: folder, timeout: patience, encoding: 'utf8', shell: windows },
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  if (error && 'code' in error && error.code === 'ETIMEDOUT')
    return notAudited(`the registry did not answer within ${patience / 1000} s`);
  return error ? { passed: false, text: `npm could not be run: ${error.message}` } : judgeAudit(stdout);
}

if (process.argv[1] && resolve(process.argv[1]) === fileURLToPath(import.meta.url)) {
  const lock = JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8'));
  const problems = lockProblems(lock);
  for (const problem of problems) console.error(problem);
  console.log(`Lock file: ${Object.keys(lock.packages).length - 1} packages, ${problems.length} problems.`);
  const { passed, text } = runAudit(ROOT);
  console.log(text);
  process.exit(passed && problems.length === 0 ? 0 : 1);
}
