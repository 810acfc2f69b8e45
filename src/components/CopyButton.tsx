// Copies a text, and says whether the browser let it.
import { useState } from 'react';

interface CopyButtonProps {
  label: string;
  /** What to do where the browser does not allow it. */
  otherwise: string;
  copied(): string;
}

export function CopyButton({ label, otherwise, copied }: CopyButtonProps) {
  const [said, setSaid] = useState('');
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(copied());
      setSaid('Copied.');
    } catch {
      setSaid(`The browser did not allow copying. ${otherwise}`);
    }
  };
  return (
    <>
      <button type="button" className="button" onClick={copy}>
        {label}
      </button>
      <span className="caption" aria-live="polite">
        {said}
      </span>
    </>
  );
}
