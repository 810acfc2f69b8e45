// The list of views. All but Run come in chunks of their own.
import { type ComponentType, lazy } from 'react';
import { RunView } from '../features/run/RunView';
import type { RunState } from '../state/runState';
import type { ViewName } from '../state/urlState';

interface ViewProps {
  run: RunState | null;
}

const Curves = lazy(async () => ({ default: (await import('../features/curves/CurvesView')).CurvesView }));
const Data = lazy(async () => ({ default: (await import('../features/data/DataView')).DataView }));
const Neurons = lazy(async () => ({ default: (await import('../features/neurons/NeuronsView')).NeuronsView }));
const Tokens = lazy(async () => ({ default: (await import('../features/tokens/TokensView')).TokensView }));
const Try = lazy(async () => ({ default: (await import('./TryPage')).TryPage }));
const System = lazy(async () => ({ default: (await import('../features/system/SystemView')).SystemView }));

export const VIEWS: readonly { name: ViewName; label: string; Component: ComponentType<ViewProps> }[] = [
  { name: 'run', label: 'Run', Component: RunView },
  { name: 'curves', label: 'Curves', Component: Curves },
  { name: 'data', label: 'Data', Component: Data },
  { name: 'neurons', label: 'Neurons', Component: Neurons },
  { name: 'tokens', label: 'Tokens', Component: Tokens },
  { name: 'try', label: 'Try', Component: Try },
  { name: 'system', label: 'System', Component: System },
];
