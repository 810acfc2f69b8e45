// Compare, on the page's lab.
import { useCompareChoice } from '../../state/compareChoice';
import { useFigureLink } from '../../state/useFigureLink';
import { useLab, useLabState } from '../../state/useLab';
import { Comparison } from './Comparison';

export function CompareView() {
  const lab = useLab();
  const state = useLabState((all) => all);
  const { choice: view, change } = useCompareChoice();
  return <Comparison state={state} actions={lab} view={view} onView={change} link={useFigureLink('compare')} />;
}
