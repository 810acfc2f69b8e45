// Compare, with the lab whose results it shows around it: neither is loaded before somebody opens the view.
import { CompareView } from '../features/compare/CompareView';
import { LabContext } from '../state/useLab';
import { useStudio } from '../state/useStudio';
import { labOf } from './labHome';

export function ComparePage() {
  return (
    <LabContext value={labOf(useStudio())}>
      <CompareView />
    </LabContext>
  );
}
