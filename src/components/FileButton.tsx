// A button that lets a person choose one file.
import { useRef } from 'react';
import { namedPlainly } from './droppedFiles';
import { Icon } from './icons';

/** What a picker offers where any data file will do. */
export const DATA_FILES =
  '.jsonl,.json,.ndjson,.csv,.tsv,.parquet,.txt,application/jsonl,application/json,text/csv,text/plain';

interface FileButtonProps {
  text: string;
  /** What kind of file, for those who cannot see the button. */
  label: string;
  accept: string;
  disabled?: boolean;
  onFile(file: File): void;
}

export function FileButton({ text, label, accept, disabled = false, onFile }: FileButtonProps) {
  const input = useRef<HTMLInputElement>(null);
  return (
    <>
      <button type="button" className="button" disabled={disabled} onClick={() => input.current?.click()}>
        <Icon name="upload" />
        {text}
      </button>
      <input
        ref={input}
        type="file"
        className="visually-hidden"
        tabIndex={-1}
        aria-label={label}
        accept={accept}
        onChange={(event) => {
          const file = event.currentTarget.files?.[0];
          // The same file may be chosen again, after it was mended say.
          event.currentTarget.value = '';
          if (file) onFile(namedPlainly(file));
        }}
      />
    </>
  );
}
