// Generations of a file: the same list as of a run's samples, with our verdict beside the file's, and the ways on from here.
import { useMemo, useState } from 'react';
import { Problems } from '../../components/Problems';
import { saveFile } from '../../components/pictureExport';
import type { OpenedGenerations } from '../../core/data/openRecords';
import { MIN_MIXED_QUESTIONS } from '../../core/data/pairs';
import { writeGenerations } from '../../core/data/referenceRecords';
import type { Mapping } from '../../core/data/table/mapping';
import { useStudio } from '../../state/useStudio';
import { generationsOf } from './referenceExport';
import { SamplesPanel } from './SamplesPanel';

const QUESTIONS: Mapping = {
  form: 'answers',
  columns: { prompt: 'question', output: 'solution' },
  hashAnswers: false,
};

export function GenerationsPanel({ file, opened }: { file: File; opened: OpenedGenerations }) {
  const studio = useStudio();
  const [said, setSaid] = useState('');
  const { prompts, responses, told, texts } = opened;
  const text = useMemo(() => ({ text: ([id]: readonly number[]) => texts[id!] ?? '' }), [texts]);
  const pair = () => {
    const pairs = studio.records.pairFile();
    if (pairs) void studio.importFile(pairs);
    else setSaid('No question has a right and a wrong answer by our rule, and none has a solution to stand in.');
  };
  const save = () => {
    const jsonl = writeGenerations(generationsOf(opened, text));
    saveFile(new Blob([jsonl], { type: 'application/jsonl' }), `judged.${file.name.replace(/\.\w+$/, '')}.jsonl`);
  };
  return (
    <>
      <p className="caption data-about">
        Generations from {opened.name}, to be looked at; run, settings and data stay as they are. Right and wrong are
        judged here: what follows “The answer is” against the solution’s, numbers as numbers. Where the file’s
        is_correct says otherwise the answer is marked ≠.
      </p>
      <div className="data-tools">
        <button type="button" className="button" onClick={pair}>
          Make preference pairs
        </button>
        <button type="button" className="button" onClick={() => void studio.importFile(file, QUESTIONS)}>
          Import the questions
        </button>
        <button type="button" className="button" onClick={save}>
          Save as judged here
        </button>
        <button type="button" className="button" onClick={() => studio.records.close('generations')}>
          Close file
        </button>
        <span className="caption" role="status">
          {said}
        </span>
      </div>
      <p className="caption data-about">
        Pairs are right × wrong answers of a question, at most five each; where fewer than {MIN_MIXED_QUESTIONS}{' '}
        questions have both kinds, the solution is the chosen side of every pair, as in a run. They are shown in Run
        before anything starts, so that sampling done elsewhere goes on here. The questions with their solutions start
        from the beginning instead.
      </p>
      <Problems {...opened} />
      <SamplesPanel key={opened.name} prompts={prompts} responses={responses} text={text} told={told} />
    </>
  );
}
