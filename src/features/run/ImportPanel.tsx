// Own data: choosing a file, and its preview with counts, lengths, problems by line and examples, before anything runs.
import { DATA_FILES, FileButton } from '../../components/FileButton';
import { countOf, formatCount } from '../../components/format';
import { Problems } from '../../components/Problems';
import { IMPORT_SEQUENCE } from '../../core/presets';
import type { ImportState } from '../../state/studioState';
import { useStudio } from '../../state/useStudio';
import type { ImportPreview, TableSummary } from '../../worker/protocol';
import { MappingForm } from './MappingForm';

export function ImportButton() {
  const studio = useStudio();
  return (
    <FileButton
      text="Import data"
      label="Data file: JSONL, JSON, CSV or Parquet"
      accept={DATA_FILES}
      onFile={(file) => void studio.importFile(file)}
    />
  );
}

export function ImportPanel({ importing }: { importing: Importing }) {
  const studio = useStudio();
  const isReading = importing.status === 'reading' || (importing.status !== 'failed' && importing.isReading);
  const table = tableOf(importing);
  return (
    <section className="import" aria-label="Imported file" aria-busy={isReading}>
      <Head importing={importing} />
      {table && <MappingForm table={table} />}
      <div className="import-rest" data-stale={table !== null && isReading}>
        <Rest importing={importing} />
      </div>
      <div className="import-actions">
        {importing.status === 'preview' && (
          <button type="button" className="button-primary" disabled={isReading} onClick={studio.takeImport}>
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

type Importing = Exclude<ImportState, { status: 'none' }>;

const tableOf = (importing: Importing): TableSummary | null =>
  importing.status === 'mapping' ? importing.table : importing.status === 'preview' ? importing.preview.table : null;

function Head({ importing }: { importing: Importing }) {
  const table = tableOf(importing);
  return (
    <>
      <h2 className="heading">{headText(importing)}</h2>
      {table && (
        <p className="quiet">
          {table.format} with {countOf(table.columns.length, 'column')}. {table.note}
        </p>
      )}
    </>
  );
}

function headText(importing: Importing): string {
  switch (importing.status) {
    case 'reading':
      return `Reading ${importing.fileName}`;
    case 'failed':
      return `${importing.fileName} cannot be used`;
    case 'mapping':
      return `${importing.fileName}: which column is what?`;
    case 'preview': {
      const { fileName, usable, records } = importing.preview;
      return `${fileName}: ${countOf(usable, 'usable record')} of ${formatCount(records)}`;
    }
  }
}

function Rest({ importing }: { importing: Importing }) {
  switch (importing.status) {
    case 'reading':
      return (
        <p className="quiet">
          {formatCount(importing.bytes / 1024)} kB. Lines are checked and turned into tokens; nothing leaves this page.
        </p>
      );
    case 'failed':
      return (
        <>
          <p role="alert">{importing.error.message}</p>
          <p className="quiet">{importing.error.next}</p>
        </>
      );
    case 'mapping':
      return (
        importing.problem && (
          <>
            <p role="alert">{importing.problem}</p>
            <p className="quiet">Choose other columns above, or another file; what is loaded stays loaded.</p>
            <Problems {...importing} problemCount={importing.problems.length} />
          </>
        )
      );
    case 'preview':
      return <Preview preview={importing.preview} />;
  }
}

const MAPPED_EXAMPLES = 3;

function Preview({ preview }: { preview: ImportPreview }) {
  const isMapped = preview.table !== null;
  return (
    <>
      <p className="quiet">{kindText(preview)}</p>
      <dl className="facts">
        {factsOf(preview).map(({ label, value }) => (
          <div key={label}>
            <dt>{label}</dt>
            <dd className="facts-value">{value}</dd>
          </div>
        ))}
      </dl>
      <Problems {...preview} />
      <details open={isMapped}>
        <summary>Examples</summary>
        <ol className="import-examples">
          {preview.examples.slice(0, isMapped ? MAPPED_EXAMPLES : undefined).map(({ prompt, response, rejected }) => (
            <li key={`${prompt} ${response} ${rejected}`}>
              <p>{prompt}</p>
              <p className="quiet">{rejected === null ? response : `Chosen: ${response}`}</p>
              {rejected !== null && <p className="quiet">Rejected: {rejected}</p>}
            </li>
          ))}
        </ol>
      </details>
    </>
  );
}

function kindText(preview: ImportPreview): string {
  if (preview.modelId !== null) return broughtText(preview);
  if (preview.kind === 'pairs')
    return 'Ready pairs {prompt, chosen, rejected}: SFT on the chosen sides, then everything from warm-up on. No answers are known, so accuracy and the reward model are left out.';
  if (preview.withoutAnswer === null || preview.withoutAnswer === 0)
    return 'Questions with answers {input, output}: SFT from scratch, then the whole pipeline.';
  if (!preview.hasAnswers)
    return 'Questions with outputs {input, output}, but no output says “The answer is …”: nothing can be checked, so only SFT can run.';
  return `Questions with answers {input, output}. ${countOf(preview.withoutAnswer, 'prompt has', 'prompts have')} no “The answer is …” and serve SFT only.`;
}

/** A model of one's own is aligned as it is: no SFT unless the settings ask for it. */
function broughtText({ kind, hasAnswers }: ImportPreview): string {
  const counted = 'Counted in your model’s own tokens.';
  if (kind === 'pairs')
    return `Ready pairs {prompt, chosen, rejected}: your model is aligned on them from warm-up on. No answers are known, so accuracy and the reward model are left out. ${counted}`;
  return hasAnswers
    ? `Questions with answers {input, output}: your model answers them, and its right and wrong answers become pairs. ${counted}`
    : `Questions with outputs {input, output}, but no output says “The answer is …”: nothing can be checked, so your model cannot be aligned on them. ${counted}`;
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
  {
    label: preview.modelId === null ? 'Vocabulary, byte-level BPE' : 'Vocabulary, your model’s',
    value: formatCount(preview.vocabularySize),
  },
  { label: `Dropped, over ${IMPORT_SEQUENCE} tokens`, value: formatCount(preview.droppedTooLong) },
  { label: 'Repeated records', value: formatCount(preview.repeated) },
];
