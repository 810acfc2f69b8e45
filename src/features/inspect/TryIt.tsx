// The view's empty state: pairs that the page has at hand, so that everybody can see it work without files.
import { useState } from 'react';
import type { Places } from '../../state/inspectPlaces';
import { useInspect } from '../../state/useInspect';

export interface TrySource {
  /** "the starter before and after SFT". */
  label: string;
  /** Makes the files; may fail. */
  files(): Promise<Places>;
}

export function TryIt({ sources }: { sources: readonly TrySource[] }) {
  const inspect = useInspect();
  const [trouble, setTrouble] = useState<string | null>(null);
  const [isBusy, setBusy] = useState(false);
  const take = async (source: TrySource) => {
    try {
      setTrouble(null);
      setBusy(true);
      await inspect.openAll(await source.files());
    } catch (error) {
      setTrouble(error instanceof Error ? error.message : String(error));
    } finally {
      setBusy(false);
    }
  };
  return (
    <div className="inspect-try">
      <p>No files at hand? Try it with</p>
      <div className="inspect-buttons">
        {sources.map((source) => (
          <button
            key={source.label}
            type="button"
            className="button"
            disabled={isBusy}
            onClick={() => void take(source)}
          >
            {source.label}
          </button>
        ))}
      </div>
      {trouble && <p role="alert">{trouble}</p>}
    </div>
  );
}
