// The methods lab: is it redundancy? Its state and actions from their context; what is shown is LabBody.

import { activeRun } from '../../state/studioState';
import { useFigureLink } from '../../state/useFigureLink';
import { useLab, useLabState } from '../../state/useLab';
import { useStudioState } from '../../state/useStudio';
import { LabBody } from './LabBody';

export function LabView() {
  const lab = useLabState((state) => state);
  const isTraining = useStudioState((state) => {
    const phase = activeRun(state)?.phase;
    return phase === 'running' || phase === 'starting';
  });
  return <LabBody lab={lab} actions={useLab()} link={useFigureLink('lab')} isTraining={isTraining} />;
}
