// What the studio does in five sentences, and the keyboard.
import { useEffect, useRef } from 'react';

const KEYS: readonly [string, string][] = [
  ['Space', 'Start, pause, resume'],
  ['→', 'One step: an optimiser step while training, else the next piece of work'],
  ['[ ]', 'One moment back or on along the time line'],
  ['1 … 9, 0', 'Go to one of the first ten views'],
  [',', 'Open or close the settings'],
  ['?', 'This help'],
];

export function HelpDialog({ onClose }: { onClose(): void }) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const element = dialog.current;
    element?.showModal();
    return () => element?.close();
  }, []);
  return (
    <dialog ref={dialog} className="help" aria-labelledby="help-title" onClose={onClose}>
      <h2 id="help-title" className="title">
        What happens here
      </h2>
      <p>
        ALLO aligns a language model by changing few of its weights. A small model answers questions; right and wrong
        answers become pairs. A short warm-up shows which weights move most: these become the <em>neuron masks</em>. A
        second model tells which <em>tokens</em> of a wrong answer are wrong. Then the model <strong>forgets</strong>{' '}
        those tokens and <strong>improves</strong> on the pairs, moving only the masked weights.
      </p>
      <p>
        Everything runs in this page, in a worker of its own. Nothing is uploaded. The same seed on the same backend
        gives the same run.
      </p>
      <h3 className="heading">Keyboard</h3>
      <dl className="help-keys">
        {KEYS.map(([key, what]) => (
          <div key={key}>
            <dt>
              <kbd>{key}</kbd>
            </dt>
            <dd>{what}</dd>
          </div>
        ))}
      </dl>
      <p className="caption">
        After: Low-Redundant Optimization for Large Language Model Alignment (ALLO), Findings of EMNLP 2024.
      </p>
      <form method="dialog">
        <button type="submit" className="button-primary">
          Close
        </button>
      </form>
    </dialog>
  );
}
