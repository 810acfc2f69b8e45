// A button that opens records made elsewhere, and beside it what became of the file: being read, or why it cannot be used.
import { DATA_FILES, FileButton } from './FileButton';
import './recordsOpener.css';

interface RecordsOpenerProps {
  /** The name of the file that is being read. */
  reading: string | null;
  refused: { fileName: string; error: { message: string; next: string } } | null;
  onOpen(file: File): void;
}

/** Most messages name the file. */
const refusalText = ({ fileName, error }: NonNullable<RecordsOpenerProps['refused']>): string =>
  `${error.message.includes(fileName) ? '' : `${fileName} cannot be used. `}${error.message} ${error.next}`;

export function RecordsOpener({ reading, refused, onOpen }: RecordsOpenerProps) {
  return (
    <>
      <FileButton
        text="Open records"
        label="Generations or forgetting records: JSONL, JSON, CSV or Parquet"
        accept={DATA_FILES}
        onFile={onOpen}
      />
      <span className="caption" role="status">
        {reading !== null && `Reading ${reading} …`}
        {refused && refusalText(refused)}
      </span>
    </>
  );
}

/** The same in a view that is empty, with what the files are. */
export function RecordsInvitation(props: RecordsOpenerProps) {
  return (
    <div className="records-invitation">
      <p>
        Or look at a stage that was done elsewhere: open generations (question, solution, prediction, is_correct) or
        forgetting records (input, output, reward, ref_prob), here or by dropping the file anywhere on the page.
      </p>
      <RecordsOpener {...props} />
    </div>
  );
}
