// The list of views. All but Run come in chunks of their own.
import { type ComponentType, lazy } from 'react';
import { RunView } from '../features/run/RunView';
import type { RunState } from '../state/runState';
import type { ViewName } from '../state/urlState';

interface View {
  name: ViewName;
  label: string;
  Component: ComponentType<ViewProps>;
  /** It shows the moment that the time line points at. */
  hasTimeLine?: boolean;
}

interface ViewProps {
  run: RunState | null;
}

const Curves = lazy(async () => ({ default: (await import('../features/curves/CurvesView')).CurvesView }));
const Data = lazy(async () => ({ default: (await import('../features/data/DataView')).DataView }));
const Neurons = lazy(async () => ({ default: (await import('../features/neurons/NeuronsView')).NeuronsView }));
const Inspect = lazy(async () => ({ default: (await import('./InspectPage')).InspectPage }));
const Tokens = lazy(async () => ({ default: (await import('../features/tokens/TokensView')).TokensView }));
const Samples = lazy(async () => ({ default: (await import('../features/samples/SamplesView')).SamplesView }));
const Try = lazy(async () => ({ default: (await import('./TryPage')).TryPage }));
const Lab = lazy(async () => ({ default: (await import('./LabPage')).LabPage }));
const Compare = lazy(async () => ({ default: (await import('./ComparePage')).ComparePage }));
const Learn = lazy(async () => ({ default: (await import('./LearnPage')).LearnPage }));
const System = lazy(async () => ({ default: (await import('../features/system/SystemView')).SystemView }));

export const VIEWS: readonly View[] = [
  { name: 'run', label: 'Run', Component: RunView },
  { name: 'curves', label: 'Curves', Component: Curves, hasTimeLine: true },
  { name: 'data', label: 'Data', Component: Data },
  { name: 'neurons', label: 'Neurons', Component: Neurons, hasTimeLine: true },
  { name: 'inspect', label: 'Inspect', Component: Inspect },
  { name: 'tokens', label: 'Tokens', Component: Tokens, hasTimeLine: true },
  { name: 'samples', label: 'Samples', Component: Samples, hasTimeLine: true },
  { name: 'try', label: 'Try', Component: Try },
  { name: 'lab', label: 'Lab', Component: Lab },
  { name: 'compare', label: 'Compare', Component: Compare },
  { name: 'learn', label: 'Learn', Component: Learn },
  { name: 'system', label: 'System', Component: System },
];
