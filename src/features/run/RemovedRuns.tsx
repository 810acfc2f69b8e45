// Runs that were deleted just now and can be had back.
import { Icon } from '../../components/icons';
import { useSavedState } from '../../state/useSaved';
import { useStudio } from '../../state/useStudio';

export function RemovedRuns() {
  const { saved } = useStudio();
  const removed = useSavedState((state) => state.removed);
  return removed.map(({ id, name }) => (
    <p key={id} className="saved-removed" role="status">
      <span>{name} is deleted.</span>
      <button type="button" className="button" aria-label={`Undo deleting ${name}`} onClick={() => saved.undo(id)}>
        <Icon name="reset" />
        Undo
      </button>
    </p>
  ));
}
