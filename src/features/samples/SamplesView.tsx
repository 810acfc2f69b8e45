// Samples: a fixed set of held-out prompts, answered greedily at every moment of the time line. One sees answers turn right, or break.
import { useMemo, useState } from 'react';
import { Choice } from '../../components/Choice';
import { type Column, DataTable } from '../../components/DataTable';
import { RecordsInvitation } from '../../components/RecordsOpener';
import { momentLabel } from '../../components/stageNames';
import { type TokenText, tokenText } from '../../components/tokenStripText';
import type { Moment, RunState } from '../../state/runState';
import { isOver } from '../../state/studioState';
import { useMoment } from '../../state/useMoment';
import { useRecordsOpener } from '../../state/useRecordsOpener';
import {
  CHANGE_TEXT,
  changesText,
  ORDERS,
  type Order,
  type SampleRow,
  sampleRows,
  samplesTitle,
  sortSamples,
  textRuns,
} from './sampleRows';
import { VerdictLine } from './VerdictLine';
import './samplesView.css';

export function SamplesView({ run }: { run: RunState | null }) {
  const { index, moment } = useMoment(run);
  const opener = useRecordsOpener();
  return (
    <section className="samples" aria-labelledby="samples-title">
      {run?.inspected && moment && index !== null ? (
        <Samples run={run} inspected={run.inspected} index={index} moment={moment} />
      ) : (
        <>
          <h2 id="samples-title" className="title">
            The same prompts, answered again and again
          </h2>
          <p className="samples-empty">
            A few held-out prompts are answered greedily at every moment of the time line: at each training stage’s
            entry, at log-spaced steps and at its end. {nextText(run)}
          </p>
          {!run && <RecordsInvitation {...opener} />}
        </>
      )}
    </section>
  );
}

function nextText(run: RunState | null): string {
  if (!run) return 'Start a run to see them.';
  return isOver(run.phase)
    ? 'This run ended before its training began. Start another to see them.'
    : 'The first answers come as soon as training begins.';
}

interface SamplesProps {
  run: RunState;
  inspected: NonNullable<RunState['inspected']>;
  index: number;
  moment: Moment;
}

function Samples({ run, inspected, index, moment }: SamplesProps) {
  const [order, setOrder] = useState<Order>('prompt');
  const { vocabulary, specialIds } = run.started ?? {};
  const text = useMemo(() => tokenText(vocabulary ?? [], specialIds), [vocabulary, specialIds]);
  const { moments } = run;
  const rows = useMemo(() => sampleRows(inspected.prompts, moments, index), [inspected, moments, index]);
  const sorted = useMemo(() => sortSamples(rows, order), [rows, order]);
  return (
    <>
      <header className="samples-head">
        <h2 id="samples-title" className="title">
          {samplesTitle(rows)} at {momentLabel(moment, run.config)}
        </h2>
        <p className="caption">{changesText(rows, moment, moments[index - 1], run.config)}</p>
      </header>
      <Choice<Order> label="Order of the prompts" options={ORDERS} value={order} onChange={setOrder} />
      <ol className="samples-list">
        {sorted.map((row) => (
          <Sample key={row.prompt.id} row={row} text={text} moments={moments} index={index} />
        ))}
      </ol>
      <DataTable
        caption={`Greedy answers of ${run.name} at ${momentLabel(moment, run.config)}`}
        columns={columnsOf(text)}
        rows={sorted}
        fileName={`${run.name}-samples-${moment.stage}-${moment.step}`}
      />
    </>
  );
}

const columnsOf = (text: TokenText): Column<SampleRow>[] => {
  const column = (head: string, value: (row: SampleRow) => string): Column<SampleRow> => ({
    ...{ head, value, text: value, isText: true },
  });
  return [
    { head: 'Number', value: ({ prompt }) => prompt.id + 1, text: ({ prompt }) => prompt.id + 1 },
    column('Prompt', ({ prompt }) => prompt.text),
    column('Gold', ({ prompt }) => (prompt.gold ? text.text(prompt.gold) : '')),
    column('Answer', ({ answer }) => text.text(answer.tokens)),
    column('Verdict', ({ answer }) => verdictText(answer.correct)),
    column('Changed', ({ change }) => CHANGE_TEXT[change]),
  ];
};

const verdictText = (correct: boolean | null): string =>
  correct === null ? 'not checked' : correct ? 'right' : 'wrong';

interface SampleProps {
  row: SampleRow;
  text: TokenText;
  moments: readonly Moment[];
  index: number;
}

function Sample({ row, text, moments, index }: SampleProps) {
  const { prompt, answer, change } = row;
  return (
    <li className="sample">
      <p className="sample-prompt">{prompt.text}</p>
      <div className="sample-answer">
        <span
          className={`sample-verdict ${answer.correct ? 'sample-right' : answer.correct === false ? 'sample-wrong' : 'quiet'}`}
          role="img"
          aria-label={verdictText(answer.correct)}
        >
          {answer.correct === null ? '·' : answer.correct ? '✓' : '✕'}
        </span>
        <p>
          {textRuns(row, text).map((one, i) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: runs of one text have no other name
            <span key={i}>
              {i > 0 && text.isWords && ' '}
              {one.isNew ? <mark className="sample-new">{one.text}</mark> : one.text}
            </span>
          ))}
          {answer.tokens.length === 0 && <span className="quiet">no words</span>}
        </p>
      </div>
      {prompt.gold && text.text(prompt.gold) !== text.text(answer.tokens) && (
        <p className="sample-gold quiet">
          <span className="caption">gold</span> {text.text(prompt.gold)}
        </p>
      )}
      <div className="sample-side">
        <VerdictLine verdicts={row.verdicts} moments={moments} index={index} />
        <span className={`sample-change sample-${change}`}>{CHANGE_TEXT[change]}</span>
      </div>
    </li>
  );
}
