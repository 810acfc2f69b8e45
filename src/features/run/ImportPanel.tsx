// Own data: choosing a file, and its preview with counts, lengths, problems by line and examples, before anything runs.
import { useRef, useState } from 'react';
import { countOf, formatCount } from '../../components/format';
import { Icon } from '../../components/icons';
import { IMPORT_SEQUENCE } from '../../core/presets';
import type { ImportState } from '../../state/studioState';
import { useStudio } from '../../state/useStudio';
import type { ImportPreview } from '../../worker/protocol';

export function ImportButton() {
  const studio = useStudio();
  const input = useRef<HTMLInputElement>(null);
  return (
    <>
      <button type="button" className="button" onClick={() => input.current?.click()}>
        <Icon name="upload" />
        Import data
      </button>
      <input
        ref={input}
        type="file"
        className="visually-hidden"
        tabIndex={-1}
        aria-label="JSONL file"
        accept=".jsonl,.json,.ndjson,.txt,application/jsonl,application/json,text/plain"
        onChange={(event) => {
          const file = event.currentTarget.files?.[0];
          // The same file may be chosen again after it was mended.
          event.currentTarget.value = '';
          if (file) void studio.importFile(file);
        }}
      />
    </>
  );
}

export function ImportPanel({ importing }: { importing: Exclude<ImportState, { status: 'none' }> }) {
  const studio = useStudio();
  return (
    <section className="import" aria-label="Imported file">
      <ImportBody importing={importing} />
      <div className="import-actions">
        {importing.status === 'preview' && (
          <button type="button" className="button-primary" onClick={studio.takeImport}>
            Use this file
          </button>
        )}
        <button type="button" className="button" onClick={studio.dropImport}>
          {importing.status === 'failed' ? 'Close' : 'Cancel'}
        </button>
      </div>
    </section>
  );
}

function ImportBody({ importing }: { importing: Exclude<ImportState, { status: 'none' }> }) {
  switch (importing.status) {
    case 'reading':
      return (
        <>
          <h2 className="heading">Reading {importing.fileName}</h2>
          <p className="quiet">
            {formatCount(importing.bytes / 1024)} kB. Lines are checked and a tokenizer is trained on them; nothing
            leaves this page.
          </p>
        </>
      );
    case 'failed':
      return (
        <>
          <h2 className="heading">{importing.fileName} cannot be used</h2>
          <p role="alert">{importing.error.message}</p>
          <p className="quiet">{importing.error.next}</p>
        </>
      );
    case 'preview':
      return <Preview preview={importing.preview} />;
  }
}

function Preview({ preview }: { preview: ImportPreview }) {
  const facts = factsOf(preview);
  return (
    <>
      <h2 className="heading">
        {preview.fileName}: {countOf(preview.usable, 'usable record')} of {formatCount(preview.records)}
      </h2>
      <p className="quiet">{kindText(preview)}</p>
      <dl className="facts">
        {facts.map(({ label, value }) => (
          <div key={label}>
            <dt>{label}</dt>
            <dd className="facts-value">{value}</dd>
          </div>
        ))}
      </dl>
      <Problems preview={preview} />
      <details>
        <summary>Examples</summary>
        <ol className="import-examples">
          {preview.examples.map(({ prompt, response }) => (
            <li key={prompt + response}>
              <p>{prompt}</p>
              <p className="quiet">{response}</p>
            </li>
          ))}
        </ol>
      </details>
    </>
  );
}

function kindText(preview: ImportPreview): string {
  if (preview.kind === 'pairs')
    return 'Ready pairs {prompt, chosen, rejected}: SFT on the chosen sides, then everything from warm-up on. No answers are known, so accuracy and the reward model are left out.';
  if (preview.withoutAnswer === null || preview.withoutAnswer === 0)
    return 'Questions with answers {input, output}: SFT from scratch, then the whole pipeline.';
  if (!preview.hasAnswers)
    return 'Questions with outputs {input, output}, but no output says “The answer is …”: nothing can be checked, so only SFT can run.';
  return `Questions with answers {input, output}. ${countOf(preview.withoutAnswer, 'prompt has', 'prompts have')} no “The answer is …” and serve SFT only.`;
}

const factsOf = (preview: ImportPreview): { label: string; value: string }[] => [
  { label: 'Prompts to train on', value: formatCount(preview.trainQuestions) },
  { label: 'Prompts held out', value: formatCount(preview.heldOutQuestions) },
  {
    label: 'Tokens per prompt',
    value: `${formatCount(preview.promptTokens.median)} (longest ${formatCount(preview.promptTokens.longest)})`,
  },
  {
    label: 'Tokens per response',
    value: `${formatCount(preview.responseTokens.median)} (longest ${formatCount(preview.responseTokens.longest)})`,
  },
  { label: 'Vocabulary, byte-level BPE', value: formatCount(preview.vocabularySize) },
  { label: `Dropped, over ${IMPORT_SEQUENCE} tokens`, value: formatCount(preview.droppedTooLong) },
  { label: 'Repeated records', value: formatCount(preview.repeated) },
];

const SHOWN_PROBLEMS = 8;

function Problems({ preview }: { preview: ImportPreview }) {
  const [all, setAll] = useState(false);
  if (preview.problemCount === 0) return null;
  const shown = all ? preview.problems : preview.problems.slice(0, SHOWN_PROBLEMS);
  return (
    <div className="import-problems">
      <p>
        <Icon name="warning" /> {countOf(preview.problemCount, 'line')} could not be used:
      </p>
      <ul>
        {shown.map(({ line, field, message }) => (
          <li key={`${line} ${field} ${message}`}>
            {line > 0 && <strong>Line {formatCount(line)}</strong>}
            {field !== null && <span className="mono"> {field}</span>}
            {line > 0 || field !== null ? ': ' : ''}
            {message}
          </li>
        ))}
      </ul>
      {!all && preview.problems.length > SHOWN_PROBLEMS && (
        <button type="button" className="button" onClick={() => setAll(true)}>
          Show {formatCount(preview.problems.length - SHOWN_PROBLEMS)} more
        </button>
      )}
      {all && preview.problemCount > preview.problems.length && (
        <p className="caption">And {formatCount(preview.problemCount - preview.problems.length)} more.</p>
      )}
    </div>
  );
}
