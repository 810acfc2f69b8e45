// The list of views. All but Run come in chunks of their own.
import { type ComponentType, lazy } from 'react';
import { RunView } from '../features/run/RunView';
import type { RunState } from '../state/runState';
import type { ViewName } from '../state/urlState';
import { useActiveRun, useStudio } from '../state/useStudio';

const DataView = lazy(async () => ({ default: (await import('../features/data/DataView')).DataView }));
const NeuronsView = lazy(async () => ({ default: (await import('../features/neurons/NeuronsView')).NeuronsView }));
const TokensView = lazy(async () => ({ default: (await import('../features/tokens/TokensView')).TokensView }));
const TryView = lazy(async () => ({ default: (await import('../features/try/TryView')).TryView }));
const SystemView = lazy(async () => ({ default: (await import('../features/system/SystemView')).SystemView }));

interface ViewProps {
  run: RunState | null;
}

export const VIEWS: readonly { name: ViewName; label: string; Component: ComponentType<ViewProps> }[] = [
  { name: 'run', label: 'Run', Component: RunView },
  { name: 'data', label: 'Data', Component: DataView },
  { name: 'neurons', label: 'Neurons', Component: NeuronsView },
  { name: 'tokens', label: 'Tokens', Component: TokensView },
  { name: 'try', label: 'Try', Component: TryPage },
  { name: 'system', label: 'System', Component: SystemView },
];
