// An open experiment: its pictures, its claims, and the press that runs it.
import { useMemo } from 'react';
import { SpotFigure } from '../../components/charts/SpotFigure';
import type { Experiment, Judgement } from '../../core/study/experiment';
import type { Difference } from '../../core/study/statistics';
import type { LabActions, LabState } from '../../state/labState';
import { ClaimList } from './ClaimList';
import type { LabData } from './labData';
import { keptText } from './labText';
import { ablations, differenceTasks, ratesText } from './pictures/differencePicture';
import { experimentPictures } from './pictures/experimentPictures';
import type { LabPicture } from './pictures/labPicture';
import { outlookOf, outlookText, PLANNED, plannedTask, pressText } from './plannedRun';
import { ScopeControls } from './ScopeControls';
import { createLaterCache, useLater } from './useLater';

interface PanelProps {
  experiment: Experiment;
  data: LabData;
  lab: Pick<LabState, 'results' | 'choice' | 'trouble'>;
  actions: Pick<LabActions, 'choose' | 'run'>;
  judgements: ReadonlyMap<string, Judgement>;
  link(id: string): string;
}

const DIFFERENCES = createLaterCache<Difference | null>();
/** Below so many pixels a figure of the grid is alone in its line. */
const SIDE_BY_SIDE: readonly Experiment['id'][] = ['ratio', 'transfer'];

export function ExperimentPanel(props: PanelProps) {
  const { experiment, data, lab, actions, judgements, link } = props;
  const { family, baseline, scope } = lab.choice;
  const tasks = useMemo(
    () => (experiment.id === 'ablations' ? differenceTasks(ablations(data, family)) : []),
    [experiment, data, family],
  );
  const differences = useLater(DIFFERENCES, tasks);
  const pictures = useMemo(
    () => experimentPictures(experiment.id, data, family, differences),
    [experiment, data, family, differences],
  );
  const frame = (picture: LabPicture) => (
    <SpotFigure
      key={picture.id}
      {...picture}
      fileName={`${picture.id.replace('lab-', '')}-${family}`}
      link={link}
      picked={baseline}
      onPick={(label) => actions.choose({ baseline: label })}
    />
  );
  return (
    <>
      {experiment.id === 'frontier' && <p className="caption">Its picture is the one at the top of this page.</p>}
      {experiment.id === 'ablations' && <p className="caption">{ratesText(data, family)}</p>}
      {pictures.length > 0 && (
        <div className="lab-pictures" data-beside={SIDE_BY_SIDE.includes(experiment.id) || undefined}>
          {pictures.map(frame)}
        </div>
      )}
      <ClaimList {...{ experiment, family, judgements }} preset={scope.preset} />
      <RunIt experiment={experiment} lab={lab} actions={actions} />
    </>
  );
}

/** What a press starts must be of the scope that is shown; and it is waited for. */
const EXACTLY = { isExact: true, isUrgent: true };

const COUNTING = 'Counting the jobs …';

export function RunIt({ experiment, lab, actions }: Pick<PanelProps, 'experiment' | 'lab' | 'actions'>) {
  const { results, choice } = lab;
  const { scope } = choice;
  const tasks = useMemo(() => [plannedTask(experiment, scope)], [experiment, scope]);
  const planned = useLater(PLANNED, tasks, EXACTLY).get(experiment.id);
  const outlook = useMemo(
    () => (planned ? outlookOf(planned, results, scope.preset) : null),
    [planned, results, scope],
  );
  return (
    <section className="lab-run" aria-label={`Run ${experiment.title}`}>
      <ScopeControls scope={scope} onChange={(next) => actions.choose({ scope: next })} />
      <div className="lab-buttons">
        <button
          type="button"
          className="button-primary"
          disabled={!outlook || outlook.open.length === 0}
          onClick={() => outlook && actions.run(outlook.open)}
        >
          {outlook ? pressText(outlook) : COUNTING}
        </button>
        {planned && outlook && outlook.known > 0 && (
          <button type="button" className="button" onClick={() => actions.run(planned.jobs, { again: true })}>
            {planned.jobs.length === 1 ? 'Run it again' : `Run all ${planned.jobs.length} again`}
          </button>
        )}
      </div>
      <p className="caption">
        {outlook && outlookText(outlook)} {keptText(lab.trouble !== null)}
      </p>
    </section>
  );
}
