// Saves a run's answers as the reference repository's files: generations, and forgetting records where token rewards are known. Opens such files.
import { useState } from 'react';
import { countOf } from '../../components/format';
import { saveFile } from '../../components/pictureExport';
import { RecordsOpener } from '../../components/RecordsOpener';
import type { TokenText } from '../../components/tokenStripText';
import { writeForgetting, writeGenerations } from '../../core/data/referenceRecords';
import { momentName } from '../../state/moments';
import type { RunState } from '../../state/runState';
import { useRecordsOpener } from '../../state/useRecordsOpener';
import { useStudio } from '../../state/useStudio';
import { forgettingOf, generationsOf } from './referenceExport';

const save = (jsonl: string, name: string): void => saveFile(new Blob([jsonl], { type: 'application/jsonl' }), name);

export function ReferenceFiles({ run, text }: { run: RunState; text: TokenText }) {
  const studio = useStudio();
  const opener = useRecordsOpener();
  const [said, setSaid] = useState('');
  const start = run.moments.find(({ stage, step }) => stage === 'forgetting' && step === 0);
  const saveGenerations = () => {
    const records = generationsOf(run, text);
    save(writeGenerations(records), `${run.name}.generations.jsonl`);
    setSaid(`Saved ${countOf(records.length, 'answer')}.`);
  };
  const saveForgetting = async () => {
    const rows = start && (await studio.snapshots.get(run.id, momentName(start)));
    const records = rows ? forgettingOf(run, rows, text) : [];
    if (records.length === 0) {
      setSaid('The log-probs at the start of forgetting are no longer held. Raise the cap under System and run again.');
      return;
    }
    save(writeForgetting(records), `${run.name}.forgetting.jsonl`);
    const note =
      'reward is the weight in the loss, probability what the weight was made of (left out where it is the same), ref_prob the log-prob of the SFT model, one per token of this run';
    setSaid(`Saved ${countOf(records.length, 'wrong answer')} that the time line follows: ${note}.`);
  };
  return (
    <div className="data-files">
      <p className="caption data-about">
        Files in the form of the authors’ released scripts, to do a stage elsewhere and look at it here, or the other
        way round. Generations are all sampled answers with their checks, what their pair builder reads; forgetting
        records are wrong answers with a weight and a log-prob per token, what their forgetting stage trains on.
      </p>
      <div className="data-tools">
        <button type="button" className="button" onClick={saveGenerations}>
          Save generations
        </button>
        {start && run.rewards && (
          <button type="button" className="button" onClick={() => void saveForgetting()}>
            Save forgetting records
          </button>
        )}
        <RecordsOpener {...opener} />
        <span className="caption" role="status">
          {said}
        </span>
      </div>
    </div>
  );
}
