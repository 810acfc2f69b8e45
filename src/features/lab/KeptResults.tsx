// Where results are and what can be done with them: kept in this browser, exported, read from files, removed and put back.

import { useRef, useState } from 'react';
import { namedPlainly } from '../../components/droppedFiles';
import { countOf, formatCount } from '../../components/format';
import { saveFile } from '../../components/pictureExport';
import { resultLines } from '../../state/labFiles';
import type { Imported, KnownResult, LabActions, LabState } from '../../state/labState';
import { OwnResults } from './OwnResults';
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
  const head = useRef<HTMLHeadingElement>(null);
  /** The button that was pressed goes away. */
  const focusHead = () => requestAnimationFrame(() => head.current?.focus({ preventScroll: true }));
  const undoRemove = () => {
    actions.undoRemove();
    focusHead();
  };
  const save = (which: readonly KnownResult[], name: string) => {
    const text = resultLines(which.map(({ result }) => result));
    saveFile(new Blob([text], { type: 'application/jsonl' }), name);
  };
  return (
    <section className="lab-kept" aria-labelledby="lab-kept-title">
      <h3 id="lab-kept-title" className="heading" ref={head} tabIndex={-1}>
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
          <button type="button" className="button" onClick={undoRemove}>
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
      {own.length > 0 && <OwnResults own={own} onRemove={actions.remove} onEmptied={focusHead} />}
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

/** “2 new results, 3 known already. One differs from what is here and was not taken.” */
export function importText({ added, same, different }: Imported): string {
  const known = same > 0 ? `, ${formatCount(same)} known already` : '';
  const refused =
    different === 0
      ? ''
      : different === 1
        ? ' One differs from what is here and was not taken.'
        : ` ${formatCount(different)} differ from what is here and were not taken.`;
  return `${countOf(added, 'new result')}${known}.${refused}`;
}

function ImportButton({ onImport }: { onImport: LabActions['importResults'] }) {
  const input = useRef<HTMLInputElement>(null);
  const [said, setSaid] = useState<{ text: string; isBad: boolean } | null>(null);
  const read = async (file: File) => {
    setSaid({ text: `Reading ${file.name} …`, isBad: false });
    try {
      setSaid({ text: `${file.name}: ${importText(await onImport(file, file.name))}`, isBad: false });
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
          if (file) void read(namedPlainly(file));
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
