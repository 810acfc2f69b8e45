// Compare, on the page's lab.
import { useMemo } from 'react';
import { formatUrl } from '../../state/urlState';
import { useFigureLink } from '../../state/useFigureLink';
import { useLab, useLabState } from '../../state/useLab';
import { useStudio, useStudioState } from '../../state/useStudio';
import type { RunSettings } from './AddArm';
import { Comparison } from './Comparison';

export function CompareView() {
  const lab = useLab();
  const state = useLabState((all) => all);
  const view = useStudioState(({ compare }) => compare);
  const config = useStudioState((studio) => studio.config);
  const fileName = useStudioState(({ file }) => file?.fileName ?? null);
  const settings = useMemo((): RunSettings => ({ config, fileName }), [config, fileName]);
  const { setCompare, setView } = useStudio();
  return (
    <Comparison
      {...{ state, settings, view }}
      actions={lab}
      onView={setCompare}
      link={useFigureLink('compare')}
      lab={{ address: formatUrl(config, 'lab', { lab: state.choice }), open: () => setView('lab') }}
    />
  );
}
