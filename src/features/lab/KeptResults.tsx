// Where results are and what can be done with them: kept in this browser, exported, read from files, removed and put back.
import { useRef, useState } from 'react';
import { countOf } from '../../components/format';
import { saveFile } from '../../components/pictureExport';
import { resultLines } from '../../state/labFiles';
import type { KnownResult, LabActions, LabState } from '../../state/labState';
import { labelOf } from './labData';
import { resultText } from './QueuePanel';
import './labQueue.css';

type KeptActions = Pick<LabActions, 'remove' | 'undoRemove' | 'importResults'>;

interface KeptProps {
  lab: Pick<LabState, 'results' | 'recorded' | 'undo'>;
  actions: KeptActions;
}

export function KeptResults({ lab, actions }: KeptProps) {
  const { results, recorded, undo } = lab;
  const own = [...results.values()].filter(({ origin }) => origin !== 'recorded');
  const shipped = results.size - own.length;
  const save = (which: readonly KnownResult[], name: string) => {
    const text = resultLines(which.map(({ result }) => result));
    saveFile(new Blob([text], { type: 'application/jsonl' }), name);
  };
  return (
    <section className="lab-kept" aria-labelledby="lab-kept-title">
      <h3 id="lab-kept-title" className="heading">
        Results
      </h3>
      <p>
        {recordedText(recorded.status, shipped, own.length)}{' '}
        {own.length === 0 ? 'None of your own yet.' : `${own.length} of your own.`}{' '}
        <span className="caption">
          Own results are kept in this browser’s storage for this page and stand before recorded ones; nothing leaves
          your machine. Export them to be safe from a cleared browser.
        </span>
      </p>
      {undo && (
        <p role="status">
          {undo.text}{' '}
          <button type="button" className="button" onClick={() => actions.undoRemove()}>
            Undo
          </button>
        </p>
      )}
      <div className="lab-buttons">
        <button type="button" className="button" disabled={own.length === 0} onClick={() => save(own, 'lab-own.jsonl')}>
          Export own
        </button>
        <button
          type="button"
          className="button"
          disabled={results.size === 0}
          onClick={() => save([...results.values()], 'lab-all.jsonl')}
        >
          Export all
        </button>
        <ImportButton onImport={actions.importResults} />
      </div>
      {own.length > 0 && <OwnResults own={own} onRemove={actions.remove} />}
    </section>
  );
}

function recordedText(status: LabState['recorded']['status'], count: number, own: number): string {
  if (status === 'loading') return 'The recorded results are being loaded.';
  if (status === 'failed') return 'The recorded results are missing.';
  if (count > 0) return `${countOf(count, 'recorded result')}.`;
  const next = own > 0 ? '' : ' Run an experiment, or import results.';
  return `No recorded results yet: this copy of the studio comes without any.${next}`;
}

function ImportButton({ onImport }: { onImport: LabActions['importResults'] }) {
  const input = useRef<HTMLInputElement>(null);
  const [said, setSaid] = useState<{ text: string; isBad: boolean } | null>(null);
  const read = async (file: File) => {
    setSaid({ text: `Reading ${file.name} …`, isBad: false });
    try {
      const { added, same } = await onImport(file, file.name);
      const known = same > 0 ? `, ${same} known already` : '';
      setSaid({ text: `${file.name}: ${countOf(added, 'new result')}${known}.`, isBad: false });
    } catch (error) {
      setSaid({ text: error instanceof Error ? error.message : String(error), isBad: true });
    }
  };
  return (
    <>
      <button type="button" className="button" onClick={() => input.current?.click()}>
        Import …
      </button>
      <input
        ref={input}
        type="file"
        accept=".jsonl,.json"
        aria-label="File of results"
        className="visually-hidden"
        tabIndex={-1}
        onChange={(event) => {
          const file = event.currentTarget.files?.[0];
          if (file) void read(file);
          event.currentTarget.value = '';
        }}
      />
      {said && (
        <span className={said.isBad ? 'lab-problem' : 'caption'} role={said.isBad ? 'alert' : 'status'}>
          {said.text}
        </span>
      )}
    </>
  );
}

/** Rows that are written out. */
const MOST = 200;

function OwnResults({ own, onRemove }: { own: readonly KnownResult[]; onRemove(keys: readonly string[]): void }) {
  const [isOpen, setOpen] = useState(false);
  return (
    <details onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>Own results</summary>
      {isOpen && (
        <>
          <ul className="lab-own">
            {own.slice(-MOST).map(({ result, origin }) => {
              const name = `${labelOf(result)}, ${result.family}, seed ${result.seed}`;
              return (
                <li key={result.key}>
                  <span>
                    {name}{' '}
                    <span className="caption">
                      {result.preset}
                      {origin === 'file' && ', from a file'}: {resultText(result)}
                    </span>
                  </span>
                  <button
                    type="button"
                    className="button"
                    aria-label={`Remove ${name}`}
                    onClick={() => onRemove([result.key])}
                  >
                    Remove
                  </button>
                </li>
              );
            })}
          </ul>
          <button type="button" className="button" onClick={() => onRemove(own.map(({ result }) => result.key))}>
            Remove all own results
          </button>
        </>
      )}
    </details>
  );
}
