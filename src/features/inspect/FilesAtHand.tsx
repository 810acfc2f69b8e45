// What stands where files were, or are to be: those a link was about, and those that a crash has closed.
import type { InspectState } from '../../state/inspectState';
import { useInspect, useInspectState } from '../../state/useInspect';
import { linkedText, lostText } from './inspectText';

export function FilesAtHand() {
  const inspect = useInspect();
  const lost = useInspectState((state: InspectState) => state.lost);
  const text = useInspectState(linkedText);
  return (
    <>
      {lost && (
        <div className="inspect-panel">
          <p role="alert" className="inspect-error">
            {lostText(lost)}
          </p>
          <div className="inspect-buttons">
            <button type="button" className="button-primary" onClick={() => void inspect.reopen()}>
              Open them again
            </button>
          </div>
        </div>
      )}
      {text && (
        <div className="inspect-panel">
          <p role="status">{text}</p>
        </div>
      )}
    </>
  );
}
