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
  /** Lets others work. */
  turn(): Promise<void>;
  /** Work at one go, at most about so many ms. */
  longest(): number;
  /** How long each stretch was, ms. */
  told?(milliseconds: number): void;
}

/** The first stretch begins now. */
export function createStretches({ now, turn, longest, told }: StretchOptions): Stretches & { end(): void } {
  let from = now();
  const end = (): void => {
    const to = now();
    told?.(to - from);
    from = to;
  };
  const away = async <T>(wait: Promise<T>): Promise<T> => {
    end();
    try {
      return await wait;
    } finally {
      from = now();
    }
  };
  return {
    end,
    away,
    async pause() {
      if (now() - from >= longest()) await away(turn());
    },
  };
}

/** All at one go. */
export const AT_ONCE: Stretches = { pause: async () => {}, away: (wait) => wait };
