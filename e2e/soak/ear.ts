// What is heard of the page's run, and waiting for something of it. One ear for one life of a page.
import type { Spoken } from './page/contract';

export class PageGone extends Error {
  override readonly name = 'PageGone';
}

/** `at`: ms of Node's clock. */
export type Heard = Spoken & { at: number };

export interface Ear {
  readonly all: readonly Heard[];
  hear(spoken: Spoken): void;
  /** What was heard so far is of the past. */
  forget(): void;
  /** Waiting ends with PageGone. */
  gone(why: string): void;
  /**
   * The first that it finds something in what was heard, now or later. `milliseconds`: null is given after so many without. Throws PageGone.
   */
  find<T>(look: (all: readonly Heard[]) => T | undefined, milliseconds: number): Promise<T | null>;
}

export function createEar(): Ear {
  const all: Heard[] = [];
  let why: string | null = null;
  const waiting = new Set<() => void>();
  const wake = (): void => {
    for (const one of [...waiting]) one();
  };
  return {
    all,
    hear(spoken) {
      all.push({ ...spoken, at: performance.now() });
      wake();
    },
    forget: () => void all.splice(0),
    gone(reason) {
      why ??= reason;
      wake();
    },
    find: (look, milliseconds) =>
      new Promise((resolve, reject) => {
        const end = (settle: () => void): void => {
          clearTimeout(late);
          waiting.delete(attempt);
          settle();
        };
        const attempt = (): void => {
          const found = look(all);
          if (found !== undefined) end(() => resolve(found));
          else if (why !== null) end(() => reject(new PageGone(why ?? '')));
        };
        const late = setTimeout(() => end(() => resolve(null)), milliseconds);
        waiting.add(attempt);
        attempt();
      }),
  };
}

/** The last phase that was heard. */
export const phaseIn = (all: readonly Heard[]): string | undefined =>
  all.findLast((heard) => heard.type === 'phase')?.phase;

/** The last of a type. */
export const lastOf = <T extends Spoken['type']>(all: readonly Heard[], type: T) =>
  all.findLast((heard): heard is Extract<Heard, { type: T }> => heard.type === type);

/** Stages in the order in which something of them was told, with when it was first. */
export function stagesIn(all: readonly Heard[]): { name: string; at: number }[] {
  const stages = new Map<string, number>();
  for (const heard of all)
    if (heard.type === 'events') for (const name of heard.stages) if (!stages.has(name)) stages.set(name, heard.at);
  return [...stages].map(([name, at]) => ({ name, at }));
}
