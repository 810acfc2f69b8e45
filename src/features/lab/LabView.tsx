// The methods lab: is it redundancy? Its state and actions from their context; what is shown is LabBody.
import { useFigureLink } from '../../state/useFigureLink';
import { useLab, useLabState } from '../../state/useLab';
import { LabBody } from './LabBody';

export function LabView() {
  const lab = useLabState((state) => state);
  return <LabBody lab={lab} actions={useLab()} link={useFigureLink('lab')} />;
}
