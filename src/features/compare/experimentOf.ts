// An experiment by its id, or none.
import type { Experiment, ExperimentId } from '../../core/study/experiment';
import { findExperiment } from '../../core/study/experiments';

export const experimentOf = (id: ExperimentId | null): Experiment | null => (id === null ? null : findExperiment(id));
