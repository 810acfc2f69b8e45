// Which Chromium the end-to-end tests and the in-browser golden vectors use, how to get one, and how to start it.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { delimiter, join } from 'node:path';

/** @type {Partial<Record<NodeJS.Platform, string[]>>} */
const USUAL_PLACES = {
  darwin: [
    '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
    '/Applications/Chromium.app/Contents/MacOS/Chromium',
  ],
  win32: [process.env.PROGRAMFILES, process.env['PROGRAMFILES(X86)'], process.env.LOCALAPPDATA].flatMap((folder) =>
    folder ? [join(folder, 'Google', 'Chrome', 'Application', 'chrome.exe')] : [],
  ),
};
const COMMANDS = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];

/** Can it be started at all? Ubuntu's chromium-browser may be a note about a snap, a downloaded one may lack libraries. */
const works = (/** @type {string} */ path) =>
  existsSync(path) &&
  (process.platform === 'win32' || spawnSync(path, ['--version'], { stdio: 'ignore' }).status === 0);

function playwrightChromium() {
  try {
    const require = createRequire(import.meta.url);
    return require('playwright-core').chromium.executablePath();
  } catch {
    return null;
  }
}

/**
 * A Chromium that starts: ALLO_CHROMIUM, an installed one, or Playwright's own.
 * @returns {string | null}
 */
export function chromiumPath() {
  if (process.env.ALLO_CHROMIUM) return process.env.ALLO_CHROMIUM;
  const onPath = (process.env.PATH ?? '')
    .split(delimiter)
    .flatMap((folder) => COMMANDS.map((name) => join(folder, name)));
  const candidates = [...onPath, ...(USUAL_PLACES[process.platform] ?? []), playwrightChromium()];
  return candidates.find((path) => path !== null && works(path)) ?? null;
}

const isRoot = () => process.getuid?.() === 0;

/** @param {string} command @param {string[]} args @returns {boolean} */
function succeeds(command, args) {
  console.log(`$ ${command} ${args.join(' ')}`);
  return (
    spawnSync(command, args, { stdio: 'inherit', env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } })
      .status === 0
  );
}

/**
 * As chromiumPath, but installs one where there is none: Debian's package as root (it brings its libraries along), else
 * Playwright's download.
 * @returns {string} path
 * @throws {Error} one sentence that says what to do
 */
export function ensureChromium() {
  const asked = process.env.ALLO_CHROMIUM;
  if (asked && !works(asked)) throw new Error(`ALLO_CHROMIUM names ${asked}, which cannot be started.`);
  const present = chromiumPath();
  if (present) return present;
  console.log('No Chromium found; installing one …');
  const attempts = [
    () =>
      existsSync('/etc/debian_version') &&
      isRoot() &&
      succeeds('apt-get', ['update', '-q']) &&
      succeeds('apt-get', ['install', '-y', '-q', '--no-install-recommends', 'chromium', 'fonts-liberation']),
    () => succeeds(process.execPath, [join('node_modules', 'playwright-core', 'cli.js'), 'install', 'chromium']),
  ];
  for (const attempt of attempts) {
    const found = attempt() ? chromiumPath() : null;
    if (found) return found;
  }
  throw new Error(
    'The browser tests need Chromium, and none could be installed: install Chromium or Google Chrome yourself, or set ALLO_CHROMIUM to its path.',
  );
}

/**
 * Popups of the address bar: two pages for every window, which nobody sees, and most of what a new window costs. Chromium takes the last of several
 * such flags alone, so what Playwright turns off comes along.
 */
const UNUSED_FEATURES = [
  ...['WebUIOmniboxPopup', 'WebUIOmniboxAimPopup', 'AimEnabled'],
  ...['AvoidUnnecessaryBeforeUnloadCheckSync', 'DestroyProfileOnBrowserClose', 'HttpsUpgrades'],
  ...[
    'HttpsFirstBalancedModeAutoEnable',
    'LensOverlay',
    'MediaRouter',
    'PaintHolding',
    'ThirdPartyStoragePartitioning',
  ],
  ...['AvoidCorsURLLoaderRestartOnRedirect', 'OptimizationHints', 'NetworkTimeServiceQuerying', 'PreconnectToSearch'],
];

/** Flags for every start: quiet, and without the sandbox as root, where it cannot work. */
export const chromiumArgs = [
  `--disable-features=${UNUSED_FEATURES.join()}`,
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  ...(isRoot() ? ['--no-sandbox'] : []),
];

/** Flags for WebGPU on the software adapter, so that it can be tested on a machine without a GPU. */
export const webgpuArgs = ['--enable-unsafe-webgpu', '--use-webgpu-adapter=swiftshader', '--enable-features=Vulkan'];
