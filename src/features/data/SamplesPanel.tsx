// Sampled answers by prompt: right and wrong by shape and colour, copies, answers that did not end.
import { useMemo, useState } from 'react';
import { Choice, Pager, pageOf } from '../../components/Choice';
import { formatCount } from '../../components/format';
import type { TokenText } from '../../components/tokenStripText';
import type { PromptRecord, ResponseRecord } from '../../core/events';
import { filterAnswers, groupAnswers, type PromptAnswers, type Told, type Verdict } from './dataRows';

const VERDICTS = [
  { value: 'all', label: 'All' },
  { value: 'right', label: '✓ Right' },
  { value: 'wrong', label: '✕ Wrong' },
  { value: 'unfinished', label: 'Unfinished' },
] as const;
const UNCHECKED_VERDICTS = VERDICTS.filter(({ value }) => value === 'all' || value === 'unfinished');
/** Of a file, which says of no answer that it was cut. */
const FILE_VERDICTS = [
  ...VERDICTS.filter(({ value }) => value !== 'unfinished'),
  { value: 'disagree', label: '≠ File disagrees' },
] as const;

const PAGE = 8;

interface SamplesPanelProps {
  prompts: readonly PromptRecord[];
  responses: readonly ResponseRecord[];
  text: Pick<TokenText, 'text'>;
  /** What the file that the answers come from says of each, by id: true for right. */
  told?: Told;
}

export function SamplesPanel({ prompts, responses, text, told }: SamplesPanelProps) {
  const [verdict, setVerdict] = useState<Verdict>('all');
  const [search, setSearch] = useState('');
  const [page, setPage] = useState(0);
  const groups = useMemo(() => groupAnswers(prompts, responses), [prompts, responses]);
  const rows = useMemo(() => filterAnswers(groups, verdict, search, text, told), [groups, verdict, search, text, told]);
  const shown = pageOf(rows, page, PAGE);
  // The responses of ready pairs are nobody's right or wrong answers.
  const checked = useMemo(() => responses.some((one) => one.correct !== null), [responses]);
  const answers = rows.reduce((sum, group) => sum + group.answers.length, 0);
  return (
    <>
      <div className="data-tools">
        <Choice<Verdict>
          label="Answers to show"
          options={told ? FILE_VERDICTS : checked ? VERDICTS : UNCHECKED_VERDICTS}
          value={verdict}
          onChange={(value) => {
            setVerdict(value);
            setPage(0);
          }}
        />
        <input
          type="search"
          className="field-input data-search"
          aria-label="Search samples"
          placeholder="Search prompts and answers"
          value={search}
          onChange={(event) => {
            setSearch(event.target.value);
            setPage(0);
          }}
        />
        <span className="caption">
          {formatCount(answers)} shown of {formatCount(responses.length)}
        </span>
      </div>
      {rows.length === 0 && <p className="data-empty">No answer fits. Change the filter or the search.</p>}
      <ol className="data-list">
        {shown.rows.map((group) => (
          <Group key={group.prompt.id} group={group} text={text} told={told} />
        ))}
      </ol>
      <Pager label="Pages of samples" page={shown.page} pages={shown.pages} onPage={setPage} />
    </>
  );
}

interface GroupProps extends Pick<SamplesPanelProps, 'text'> {
  group: PromptAnswers;
  told: Told | undefined;
}

function Group({ group, text, told }: GroupProps) {
  const { prompt, answers, right, samples } = group;
  const checked = group.answers.some((answer) => answer.correct !== null);
  return (
    <li>
      <h3 className="data-prompt">
        <span>{prompt.text}</span>
        {checked && (
          <span className="data-tally">
            {right} of {samples} right
          </span>
        )}
      </h3>
      {prompt.gold && (
        <p className="data-gold">
          <span className="data-tag">gold</span>
          <span>{text.text(prompt.gold)}</span>
        </p>
      )}
      <ul>
        {answers.map((answer) => (
          <li key={answer.id} className="data-answer">
            {checked && <VerdictSign correct={answer.correct} />}
            <span className="data-text">
              {text.text(answer.tokens)}
              {!answer.ended && <span className="data-note">… cut: no end within the limit</span>}
              {answer.copies > 1 && <span className="data-copies">× {answer.copies}</span>}
              {told && <FileWord told={told[answer.id] ?? null} correct={answer.correct} />}
            </span>
          </li>
        ))}
      </ul>
    </li>
  );
}

/** The file's own verdict, where it is not the one shown already. */
function FileWord({ told, correct }: { told: boolean | null; correct: boolean | null }) {
  if (told === null || told === correct) return null;
  const word = told ? 'right' : 'wrong';
  return (
    <span className={correct === null ? 'data-note' : 'data-note data-differs'}>
      {correct === null ? `the file says ${word}` : `≠ the file says ${word}`}
    </span>
  );
}

function VerdictSign({ correct }: { correct: boolean | null }) {
  if (correct === null) {
    return (
      <span className="data-verdict quiet" role="img" aria-label="not checked">
        ·
      </span>
    );
  }
  return (
    <span
      className={`data-verdict ${correct ? 'data-right' : 'data-wrong'}`}
      role="img"
      aria-label={correct ? 'right' : 'wrong'}
    >
      {correct ? '✓' : '✕'}
    </span>
  );
}
