// Compare, on the page's lab.
import { useFigureLink } from '../../state/useFigureLink';
import { useLab, useLabState } from '../../state/useLab';
import { useStudio, useStudioState } from '../../state/useStudio';
import { Comparison } from './Comparison';

export function CompareView() {
  const lab = useLab();
  const state = useLabState((all) => all);
  const view = useStudioState(({ compare }) => compare);
  const { setCompare } = useStudio();
  return <Comparison state={state} actions={lab} view={view} onView={setCompare} link={useFigureLink('compare')} />;
}
