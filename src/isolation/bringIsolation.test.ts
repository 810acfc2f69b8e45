// When the page registers its service worker, when it reloads itself (once), and what it says when there is no isolation.
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { bringIsolation, type IsolationPage } from './bringIsolation';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const SCRIPT = 'https://host.example/some/where/serviceWorker.js';

/** A service worker that goes through the given states, one a turn. */
function fakeWorker(...states: ServiceWorkerState[]): ServiceWorker {
  const worker = Object.assign(new EventTarget(), { state: 'installing' as ServiceWorkerState });
  void (async () => {
    for (const state of states) {
      await Promise.resolve();
      worker.state = state;
      worker.dispatchEvent(new Event('statechange'));
    }
  })();
  return worker as ServiceWorker;
}

const registrationOf = (parts: Partial<ServiceWorkerRegistration>) =>
  ({ installing: null, waiting: null, active: null, ...parts }) as ServiceWorkerRegistration;

function setup(more: Partial<IsolationPage> = {}) {
  const stored = new Map<string, string>();
  const reload = vi.fn<() => void>();
  const register = vi.fn(async () =>
    registrationOf({ installing: fakeWorker('installed', 'activating', 'activated') }),
  );
  const page: IsolationPage = {
    crossOriginIsolated: false,
    isSecureContext: true,
    isFramed: false,
    serviceWorker: { controller: null, register },
    script: SCRIPT,
    openStorage: () => ({
      getItem: (key) => stored.get(key) ?? null,
      setItem: (key, value) => void stored.set(key, value),
      removeItem: (key) => void stored.delete(key),
    }),
    reload,
    ...more,
  };
  return { page, stored, reload, register };
}

const refuseStorage = (): never => {
  throw new DOMException('refused', 'SecurityError');
};

test('an isolated page registers nothing and says whose doing it is', async () => {
  const { page, reload, register } = setup({ crossOriginIsolated: true });
  expect(await bringIsolation(page)).toEqual({ by: 'host' });
  const serviceWorker = { register, controller: fakeWorker() };
  expect(await bringIsolation({ ...page, serviceWorker })).toEqual({ by: 'serviceWorker' });
  expect(await bringIsolation({ ...page, serviceWorker: undefined })).toEqual({ by: 'host' });
  expect(await bringIsolation({ ...page, openStorage: refuseStorage })).toEqual({ by: 'host' });
  expect(register).not.toHaveBeenCalled();
  expect(reload).not.toHaveBeenCalled();
});

test('registers, waits until the worker is active, and reloads', async () => {
  const { page, reload, register } = setup();
  expect(await bringIsolation(page)).toBe('reloading');
  expect(register.mock.calls).toEqual([[SCRIPT]]);
  expect(reload).toHaveBeenCalledOnce();
});

test('reloads through a worker that was there already (a reload with Shift passes it by)', async () => {
  const active = Object.assign(new EventTarget(), { state: 'activated' }) as ServiceWorker;
  const { page, reload } = setup({
    serviceWorker: { controller: null, register: async () => registrationOf({ active }) },
  });
  expect(await bringIsolation(page)).toBe('reloading');
  expect(reload).toHaveBeenCalledOnce();
});

test('reloads once only when that does not help, and again after an isolated load', async () => {
  const { page, reload } = setup();
  expect(await bringIsolation(page)).toBe('reloading');
  expect(await bringIsolation(page)).toMatchObject({
    by: 'none',
    reason: expect.stringContaining('did not isolate the page even so'),
  });
  expect(reload).toHaveBeenCalledTimes(1);
  expect(await bringIsolation({ ...page, crossOriginIsolated: true })).toEqual({ by: 'host' });
  expect(await bringIsolation(page)).toBe('reloading');
  expect(reload).toHaveBeenCalledTimes(2);
});

test.each<[string, Partial<IsolationPage>, RegExp, RegExp]>([
  ['plain http', { isSecureContext: false, serviceWorker: undefined }, /plain http/, /https.*http:\/\/localhost/],
  ['a frame', { isFramed: true }, /inside another one/, /tab of its own/],
  ['an old browser', { crossOriginIsolated: undefined }, /knows no cross-origin isolation/, /newer browser/],
  ['no service workers', { serviceWorker: undefined }, /offers no service worker/, /COOP and COEP headers/],
])('%s: registers nothing and says what would help', async (_, more, reason, fix) => {
  const { page, reload, register } = setup(more);
  const isolation = await bringIsolation(page);
  expect(isolation).toMatchObject({ reason: expect.stringMatching(reason), fix: expect.stringMatching(fix) });
  expect(register).not.toHaveBeenCalled();
  expect(reload).not.toHaveBeenCalled();
});

test.each<[string, () => Promise<ServiceWorkerRegistration>, RegExp]>([
  ['refused', () => Promise.reject(new DOMException('User denied', 'SecurityError')), /\(User denied\)/],
  ['blocked without a word', async () => undefined as unknown as ServiceWorkerRegistration, /\(it was blocked\)/],
  ['empty', async () => registrationOf({}), /\(it was blocked\)/],
  [
    'never installed',
    async () => registrationOf({ installing: fakeWorker('redundant') }),
    /\(it could not be installed\)/,
  ],
])('a service worker that is %s leaves the page as it is', async (_, register, reason) => {
  const { page, reload, stored } = setup({ serviceWorker: { controller: null, register } });
  const isolation = await bringIsolation(page);
  expect(isolation).toMatchObject({
    by: 'none',
    reason: expect.stringMatching(reason),
    fix: expect.stringContaining('Allow site data'),
  });
  expect(reload).not.toHaveBeenCalled();
  expect(stored.size).toBe(0);
});

test.each<[string, () => Promise<ServiceWorkerRegistration>]>([
  ['the registration', () => new Promise<never>(() => {})],
  ['the installation', async () => registrationOf({ installing: fakeWorker() })],
])('shows the page after three seconds when %s hangs, and does not reload later', async (_, register) => {
  const { page, reload } = setup({ serviceWorker: { controller: null, register } });
  const waiting = bringIsolation(page);
  const settled = vi.fn();
  void waiting.then(settled);
  await vi.advanceTimersByTimeAsync(2999);
  expect(settled).not.toHaveBeenCalled();
  await vi.advanceTimersByTimeAsync(1);
  expect(await waiting).toMatchObject({ by: 'none', reason: expect.stringContaining('not ready in time') });
  await vi.runAllTimersAsync();
  expect(reload).not.toHaveBeenCalled();
});

test.each<[string, IsolationPage['openStorage']]>([
  ['throws', refuseStorage],
  ['forgets', () => ({ getItem: () => null, setItem: () => {}, removeItem: () => {} })],
])('never reloads where storage %s: nothing would end it', async (_, openStorage) => {
  const { page, reload } = setup({ openStorage });
  expect(await bringIsolation(page)).toMatchObject({ by: 'none', fix: 'Reload the page.' });
  expect(reload).not.toHaveBeenCalled();
});
