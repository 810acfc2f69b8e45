// Compare, on the page's lab.
import { useCallback } from 'react';
import { useCompareChoice } from '../../state/compareChoice';
import { useFigureLink } from '../../state/useFigureLink';
import { useLab, useLabState } from '../../state/useLab';
import { Comparison } from './Comparison';

export function CompareView() {
  const lab = useLab();
  const state = useLabState((all) => all);
  const { choice: view, change } = useCompareChoice();
  const link = useFigureLink('compare');
  const run = useCallback<typeof lab.run>((jobs, options) => lab.run(jobs, options), [lab]);
  return <Comparison state={state} actions={{ ...lab, run }} view={view} onView={change} link={link} />;
}
