// A tab that Playwright does not know of, over the browser's own debugging protocol. Playwright keeps its pages visible whatever stands before them, and has
// the browser remember all that they fetch; here a tab is hidden, frozen and measured as a visitor's is.
import type { Browser } from '@playwright/test';

type Listener = (params: Record<string, unknown>) => void;

/** One end of the protocol: a tab's, or one of its workers'. */
export interface Channel {
  /** Throws Error with what the browser says. */
  ask<T>(method: string, params?: object): Promise<T>;
  on(event: string, listener: Listener): void;
}

export interface RawTab extends Channel {
  goto(url: string): Promise<void>;
  /** Code that runs in the page before its own; before `goto`. */
  before(code: string): Promise<void>;
  /** The value of an expression, awaited. Throws Error with what it throws. */
  evaluate<T>(expression: string): Promise<T>;
  /** Until the expression is true. Throws Error after so many ms. */
  until(expression: string, timeout?: number): Promise<void>;
  /** Clicks what has this CSS selector, and this name (aria-label or text) where one is given; waits for it. */
  click(selector: string, name?: string): Promise<void>;
  /** In front of the browser's other tabs. */
  activate(): Promise<void>;
  workers(): readonly Channel[];
  close(): Promise<void>;
}

/** Messages of a session that is not flattened: they come wrapped in messages of the session above. */
function channelOf(
  send: (message: string) => Promise<unknown>,
): Channel & { receive(message: string): void; end(): void } {
  const waiting = new Map<number, { resolve(result: never): void; reject(error: Error): void }>();
  const listeners: [string, Listener][] = [];
  let asked = 0;
  return {
    ask: (method, params = {}) =>
      new Promise((resolve, reject) => {
        const id = ++asked;
        waiting.set(id, { resolve, reject });
        send(JSON.stringify({ id, method, params })).catch(reject);
      }),
    on: (event, listener) => void listeners.push([event, listener]),
    receive(text) {
      const { id, result, error, method, params } = JSON.parse(text);
      if (method) for (const [event, listener] of listeners) if (event === method) listener(params);
      const one = waiting.get(id);
      if (!waiting.delete(id)) return;
      if (error) one!.reject(new Error(error.message));
      else one!.resolve(result as never);
    },
    end() {
      for (const { reject } of waiting.values()) reject(new Error('It is gone.'));
      waiting.clear();
    },
  };
}

interface Attached {
  sessionId: string;
  targetInfo: { type: string };
}

/** Follows the sessions within a channel; gives those of its workers. */
async function workersOf(tab: Channel): Promise<() => readonly Channel[]> {
  const open = new Map<string, ReturnType<typeof channelOf>>();
  tab.on('Target.attachedToTarget', (params) => {
    const { sessionId, targetInfo } = params as unknown as Attached;
    if (targetInfo.type !== 'worker') return;
    open.set(
      sessionId,
      channelOf((message) => tab.ask('Target.sendMessageToTarget', { sessionId, message })),
    );
  });
  tab.on('Target.detachedFromTarget', ({ sessionId }) => {
    open.get(sessionId as string)?.end();
    open.delete(sessionId as string);
  });
  tab.on('Target.receivedMessageFromTarget', ({ sessionId, message }) =>
    open.get(sessionId as string)?.receive(message as string),
  );
  await tab.ask('Target.setAutoAttach', { autoAttach: true, waitForDebuggerOnStart: false, flatten: false });
  return () => [...open.values()];
}

interface Evaluated {
  result: { value: unknown };
  exceptionDetails?: { text: string; exception?: { description?: string } };
}

/** Finds what is to be clicked, in the page; null where it is not there or cannot be used. */
const FIND = `(selector, name) => [...document.querySelectorAll(selector)].find((one) => !one.disabled
  && (name === null || (one.getAttribute('aria-label') ?? one.textContent.trim()) === name)) ?? null`;

const EVERY_MS = 50;

/** A tab of the browser's own context, empty. */
export async function openRawTab(browser: Browser): Promise<RawTab> {
  const session = await browser.newBrowserCDPSession();
  const { targetId } = await session.send('Target.createTarget', { url: 'about:blank' });
  const { sessionId } = await session.send('Target.attachToTarget', { targetId, flatten: false });
  const channel = channelOf((message) => session.send('Target.sendMessageToTarget', { sessionId, message }));
  session.on('Target.receivedMessageFromTarget', (event) => {
    if (event.sessionId === sessionId) channel.receive(event.message);
  });
  session.on('Target.detachedFromTarget', (event) => {
    if (event.sessionId === sessionId) channel.end();
  });
  const workers = await workersOf(channel);
  await channel.ask('Page.enable');
  await channel.ask('Runtime.enable');
  const evaluate = async <T>(expression: string): Promise<T> => {
    const options = { expression, awaitPromise: true, returnByValue: true };
    const { result, exceptionDetails } = await channel.ask<Evaluated>('Runtime.evaluate', options);
    if (exceptionDetails) throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text);
    return result.value as T;
  };
  const until = async (expression: string, timeout = 30_000): Promise<void> => {
    const end = performance.now() + timeout;
    while (!(await evaluate(`Boolean(${expression})`))) {
      if (performance.now() > end) throw new Error(`Not in ${timeout / 1000} s: ${expression}`);
      await new Promise((resolve) => setTimeout(resolve, EVERY_MS));
    }
  };
  return {
    ask: channel.ask,
    on: channel.on,
    async goto(url) {
      await channel.ask('Page.navigate', { url });
      await until(
        `location.href.startsWith(${JSON.stringify(new URL(url).origin)}) && document.readyState === 'complete'`,
      );
    },
    async before(code) {
      await channel.ask('Page.addScriptToEvaluateOnNewDocument', { source: code });
    },
    evaluate,
    until,
    async click(selector, name) {
      const found = `(${FIND})(${JSON.stringify(selector)}, ${JSON.stringify(name ?? null)})`;
      await until(found);
      await evaluate(`${found}.click()`);
    },
    async activate() {
      await session.send('Target.activateTarget', { targetId });
    },
    workers,
    async close() {
      await session.send('Target.closeTarget', { targetId });
      await session.detach();
    },
  };
}
