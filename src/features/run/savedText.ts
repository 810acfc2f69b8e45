// Saved runs in words: where one stands, when it was saved, what sets it apart, what it reached.
import { duration } from '../../components/duration';
import { formatCount, formatNumber, formatPercent } from '../../components/format';
import { stageLabel } from '../../components/stageNames';
import { isSingleStage, type RunConfig } from '../../core/config';
import { STAGE_NAMES, type StageName, TIMED_STAGES } from '../../core/events';
import { METHOD_DESCRIPTIONS } from '../../core/methods';
import type { RunHeader, Save } from '../../storage/runRecord';

/** "12 s ago", "3 min ago", "2 h ago", "5 days ago"; a clock that was set back says "just now". */
export function ago(milliseconds: number): string {
  const seconds = milliseconds / 1000;
  if (seconds < 3) return 'just now';
  if (seconds < 60) return `${duration(seconds)} ago`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ago`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3600)} h ago`;
  const days = Math.floor(seconds / 86_400);
  return days === 1 ? 'yesterday' : `${formatCount(days)} days ago`;
}

const isStage = (name: string): name is StageName => STAGE_NAMES.some((stage) => stage === name);

/** In the middle of a sentence: "forgetting, step 12 of 40". */
export function placeText(place: Save['place'], config: RunConfig): string {
  if (!place) return 'its beginning';
  const { stage, done, total } = place;
  const isNamed = isSingleStage(config) && stage === 'improving';
  const label = isStage(stage) ? stageLabel(stage, config) : stage;
  const name = isNamed || label === label.toUpperCase() ? label : label.toLowerCase();
  if (total === 0) return name;
  const isSteps = stage === 'sft' || TIMED_STAGES.some((timed) => timed === stage);
  return `${name}, ${isSteps ? 'step ' : ''}${formatCount(done)} of ${formatCount(total)}`;
}

/** Where the last save left it: "Paused at forgetting, step 12 of 40". */
export function standText({ status, saves, config }: Pick<RunHeader, 'status' | 'saves' | 'config'>): string {
  const place = placeText(saves[0]?.place ?? null, config);
  switch (status) {
    case 'done':
      return 'Done';
    case 'stopped':
      return `Stopped at ${place}`;
    case 'failed':
      return `Failed after ${place}`;
    case 'paused':
      return `Paused at ${place}`;
    // Cut short, or going on in another tab.
    case 'running':
      return `At ${place}`;
  }
}

/** "ALLO, tiny, math, seed 7". */
export const whatText = ({ method, preset, family, seed }: RunConfig): string =>
  [METHOD_DESCRIPTIONS[method].label, preset, family, `seed ${seed}`].join(', ');

/** What is told of a saved run in numbers, by these names: accuracies in per cent, KL in nats per token. */
export const GLANCE = { before: 'before', after: 'after', kl: 'klToSft' } as const;

/** "41 % → 78 %, KL 0.05"; "" as long as nothing was measured. The accuracy after is never told without its drift. */
export function reachedText(glance: RunHeader['glance']): string {
  const [before, after, kl] = [glance[GLANCE.before], glance[GLANCE.after], glance[GLANCE.kl]];
  if (before == null) return '';
  if (after == null) return `${formatPercent(before)} before`;
  return `${formatPercent(before)} → ${formatPercent(after)}${kl == null ? '' : `, KL ${formatNumber(kl)}`}`;
}
