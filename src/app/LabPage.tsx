// Lab, with the lab that it shows around it: neither is loaded before somebody opens the view.
import { LabView } from '../features/lab/LabView';
import { LabContext } from '../state/useLab';
import { useStudio } from '../state/useStudio';
import { labOf } from './labHome';

export function LabPage() {
  return (
    <LabContext value={labOf(useStudio())}>
      <LabView />
    </LabContext>
  );
}
