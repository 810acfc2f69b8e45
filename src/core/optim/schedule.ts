// Learning-rate schedules with linear warm-up, as Hugging Face defines them. ALGORITHM §7; golden file `schedule`.
import { cos } from '../math';

export interface ScheduleOptions {
  kind: 'cosine' | 'linear' | 'constant';
  /** The rate at the end of warm-up. */
  baseRate: number;
  totalSteps: number;
  /** Share of the steps that warm up, 0…1. */
  warmupRatio: number;
}

export interface Schedule {
  warmupSteps: number;
  /** The rate of update `step`, counted from 0. With warm-up the first update has rate 0. */
  rateAt(step: number): number;
}

/** The learning rates of one training run. `warmupSteps` = ceil(totalSteps · warmupRatio). */
export function createSchedule({ kind, baseRate, totalSteps, warmupRatio }: ScheduleOptions): Schedule {
  const warmupSteps = Math.ceil(totalSteps * warmupRatio);
  const decaySteps = Math.max(1, totalSteps - warmupSteps);
  const decay = (step: number): number => {
    if (kind === 'constant') return 1;
    if (kind === 'linear') return Math.max(0, (totalSteps - step) / decaySteps);
    return Math.max(0, (1 + cos((Math.PI * (step - warmupSteps)) / decaySteps)) / 2);
  };
  return {
    warmupSteps,
    rateAt: (step) => baseRate * (step < warmupSteps ? step / Math.max(1, warmupSteps) : decay(step)),
  };
}
