// A real link to a view with what the lab shall look at there; a plain click stays in the page.
import type { MouseEvent, ReactNode } from 'react';
import type { CompareChoice } from '../../state/compareChoice';
import type { LabChoice } from '../../state/labState';
import { formatUrl, type ViewName } from '../../state/urlState';
import { useLab, useLabState } from '../../state/useLab';
import { useStudio, useStudioState } from '../../state/useStudio';

interface LinkProps {
  view: ViewName;
  change?: Partial<LabChoice>;
  className?: string;
  /** How Compare is to look at it. */
  compare?: CompareChoice;
  children: ReactNode;
}

export function ViewLink({ view, change, compare, className, children }: LinkProps) {
  const studio = useStudio();
  const lab = useLab();
  const choice = useLabState((state) => state.choice);
  const address = useStudioState(({ config }) => formatUrl(config, view, { compare, lab: { ...choice, ...change } }));
  const go = (event: MouseEvent) => {
    if (event.metaKey || event.ctrlKey || event.shiftKey || event.button !== 0) return;
    event.preventDefault();
    if (change) lab.choose(change);
    if (compare) studio.setCompare(compare);
    studio.setView(view);
    window.scrollTo(0, 0);
  };
  return (
    <a href={address || './'} className={className} onClick={go}>
      {children}
    </a>
  );
}
