// A Chromium with a profile that outlives it, so that it can be killed with all of its processes and started again on what it has left.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { type BrowserContext, chromium } from '@playwright/test';
import { chromiumArgs, webgpuArgs } from '../../scripts/chromium.mjs';

export interface SoakBrowser {
  context: BrowserContext;
  version: string;
  /** All of its processes, at once. */
  kill(): Promise<void>;
}

export interface BrowserOptions {
  executablePath: string;
  /** A folder. */
  profile: string;
  hasWebgpu: boolean;
}

const START_MS = 30_000;
const QUIET = [
  ...['--headless=new', '--remote-debugging-port=0', '--no-default-browser-check', '--mute-audio'],
  ...['--password-store=basic', '--use-mock-keychain', '--hide-crash-restore-bubble', '--disable-breakpad'],
  // As Playwright starts one: a page that nobody sees goes on.
  ...['--disable-backgrounding-occluded-windows', '--disable-renderer-backgrounding'],
  ...['--disable-background-timer-throttling', '--window-size=1440,900'],
];

/** Throws Error when it does not start. */
export async function startBrowser({ executablePath, profile, hasWebgpu }: BrowserOptions): Promise<SoakBrowser> {
  const args = [
    ...QUIET,
    ...chromiumArgs,
    ...(hasWebgpu ? webgpuArgs : []),
    `--user-data-dir=${profile}`,
    'about:blank',
  ];
  // A group of its own, to be killed as one; and no Ctrl-C but the soak's own.
  const child = spawn(executablePath, args, { detached: true, stdio: ['ignore', 'ignore', 'pipe'] });
  const exited = new Promise<void>((gone) => child.once('exit', () => gone()));
  const kill = async (): Promise<void> => {
    killGroup(child);
    await exited;
  };
  try {
    const browser = await chromium.connectOverCDP(await addressOf(child));
    const [context] = browser.contexts();
    if (!context) throw new Error('Chromium has no window.');
    return { context, version: browser.version(), kill };
  } catch (error) {
    await kill();
    throw error;
  }
}

function killGroup(child: ChildProcess): void {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  if (process.platform === 'win32') spawnSync('taskkill', ['/pid', String(child.pid), '/t', '/f']);
  else process.kill(-child.pid, 'SIGKILL');
}

const addressOf = (child: ChildProcess): Promise<string> =>
  new Promise((found, failed) => {
    let said = '';
    const late = setTimeout(() => failed(new Error(`Chromium did not start.\n${said}`)), START_MS);
    child.stderr!.setEncoding('utf8').on('data', (text: string) => {
      said += text;
      const address = /DevTools listening on (ws:\S+)/.exec(said)?.[1];
      if (!address) return;
      clearTimeout(late);
      child.stderr!.removeAllListeners('data').resume();
      found(address);
    });
    child.once('exit', () => {
      clearTimeout(late);
      failed(new Error(`Chromium ended at its start.\n${said}`));
    });
  });
