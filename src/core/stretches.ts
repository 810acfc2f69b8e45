// Long work beside a run, in stretches: who does it asks between two pieces whether it has gone on long enough, and comes back in a later task.

export interface Stretches {
  /** Between two pieces of work: comes back in a later task where enough was done at one go. */
  pause(): Promise<void>;
  /** Waits for what is no work of this thread: a GPU, a disk. The stretch ends with it. */
  away<T>(wait: Promise<T>): Promise<T>;
}

export interface StretchOptions {
  /** A clock that only goes forward, ms. */
  now(): number;
  /** Lets others work, after so many ms of this at one go. */
  turn(worked: number): Promise<void>;
  /** Work at one go, at most about so many ms. */
  longest(): number;
  /** How long each stretch was, ms. */
  told?(milliseconds: number): void;
}

/** A wait lets others work as a turn does where it is so many times as long as the stretch before it; after a shorter one the same stretch goes on. */
export const BREATH = 2;

/** The first stretch begins now. */
export function createStretches({ now, turn, longest, told }: StretchOptions): Stretches & { end(): void } {
  let [from, worked] = [now(), 0];
  const halt = (): number => {
    const to = now();
    worked += to - from;
    from = to;
    return worked;
  };
  const end = (): void => {
    told?.(halt());
    worked = 0;
  };
  return {
    end,
    async away(wait) {
      const before = halt();
      const began = from;
      try {
        return await wait;
      } finally {
        from = now();
        if (from - began >= BREATH * before) {
          told?.(before);
          worked = 0;
        }
      }
    },
    async pause() {
      if (worked + now() - from < longest()) return;
      const before = halt();
      end();
      await turn(before);
      from = now();
    },
  };
}

/** All at one go. */
export const AT_ONCE: Stretches = { pause: async () => {}, away: (wait) => wait };
