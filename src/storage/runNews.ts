// What tabs and workers tell each other of saved runs. Where there is no channel, everybody learns it at the next look.
import * as v from 'valibot';
import type { World } from './world';

const newsSchema = v.object({
  type: v.picklist(['run.saved', 'run.changed', 'run.removed'] as const),
  run: v.string(),
});
/** saved: there is a new save. changed: its name, or whether it can be opened. removed: also where it came back. */
export type RunNews = v.InferOutput<typeof newsSchema>;

export interface RunChannel {
  /** To the others. */
  post(news: RunNews): void;
  /** Gives back how to stop. */
  listen(listener: (news: RunNews) => void): () => void;
  close(): void;
}

export function openRunChannel({ openChannel }: Pick<World, 'openChannel'>): RunChannel {
  const listeners = new Set<(news: RunNews) => void>();
  const channel = openChannel?.('allo-runs');
  if (channel)
    channel.onmessage = ({ data }: MessageEvent<unknown>) => {
      const parsed = v.safeParse(newsSchema, data);
      if (parsed.success) for (const listener of listeners) listener(parsed.output);
    };
  return {
    post(news) {
      try {
        channel?.postMessage(news);
      } catch {
        // It is closed: what was saved is saved all the same.
      }
    },
    listen(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    close: () => channel?.close(),
  };
}
