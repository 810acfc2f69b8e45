// Learn, with the lab that its experiments run in around it, and what this browser remembers of the guesses.
import { LearnView } from '../features/learn/LearnView';
import { createGuessRecord } from '../state/guessRecord';
import { LabContext } from '../state/useLab';
import { useStudio } from '../state/useStudio';
import { labOf } from './labHome';

const record = createGuessRecord(() => localStorage);

export function LearnPage() {
  return (
    <LabContext value={labOf(useStudio())}>
      <LearnView record={record} />
    </LabContext>
  );
}
