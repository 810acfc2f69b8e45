// How each arm is drawn, everywhere alike: hue by what it trains on, shape, filling and dash by the arm, so that no two of a hue need colour
// to be told apart. ALLO blue, its forgetting alone orange, masked DPO the hue of selected neurons, baselines grey (LOOK).
import type { MarkerShape, MarkerStyle } from '../../components/charts/markers';
import type { Arm } from '../../core/config';

export interface ArmStyle extends MarkerStyle {
  /** Of its lines. */
  dash: readonly number[];
}

const style = (colour: string, shape: MarkerShape, isHollow = false, dash: readonly number[] = []): ArmStyle => ({
  ...{ colour: `var(--${colour})`, shape, isHollow, dash },
});

const DASH = [6, 3] as const;
const DOTS = [2, 3] as const;

const STYLES: Record<Arm, ArmStyle> = {
  allo: style('improving', 'diamond'),
  'allo-no-mask': style('improving', 'square', true, DASH),
  'allo-no-forgetting': style('improving', 'up', true, DOTS),
  'allo-no-rewards': style('improving', 'down', true, DASH),
  'allo-no-noise': style('improving', 'circle', true, DOTS),
  'allo-shared-ratio': style('improving', 'square', false, DASH),
  'allo-random': style('improving', 'cross', false, DOTS),
  'allo-raw': style('improving', 'down', false, DOTS),
  'dpo-full': style('baseline', 'circle'),
  'dpo-160': style('baseline', 'circle', true, DASH),
  'warm-up-only': style('warmup', 'up', true, DOTS),
  'dpo-top10': style('selected', 'square'),
  'dpo-random10': style('selected', 'cross', false, DOTS),
  'dpo-last10': style('selected', 'down', true, DASH),
  'dpo-foreign10': style('selected', 'up', true, DASH),
  sft: style('chosen', 'circle', true, DASH),
  rft: style('chosen', 'up'),
  npo: style('rejected', 'down'),
  'r-dpo': style('baseline', 'square'),
  ipo: style('baseline', 'diamond'),
  'ipo-mean': style('baseline', 'diamond', true, DASH),
  bco: style('baseline', 'up'),
  kto: style('baseline', 'up', true, DASH),
  simpo: style('baseline', 'down'),
  hinge: style('baseline', 'down', true, DASH),
  'ln-dpo': style('baseline', 'square', true, DASH),
  ppo: style('lab-sampled', 'diamond'),
  'ppo-a2c': style('lab-sampled', 'square', true, DASH),
  ondare: style('lab-merged', 'circle'),
  onties: style('lab-merged', 'up'),
  'ondare-top10': style('lab-merged', 'square', true, DASH),
  'onties-top10': style('lab-merged', 'diamond', true, DASH),
};

/** An arm's style; of an arm that the lab does not know, a plain one. */
export function styleOf(arm: string, settings: Readonly<Record<string, string>> = {}): ArmStyle {
  const own = (STYLES as Partial<Record<string, ArmStyle>>)[arm] ?? style('baseline', 'cross');
  if (arm.startsWith('allo') && settings.improvingSteps === '0') return { ...own, colour: 'var(--forgetting)' };
  if (settings.maskScore === 'gradient') return { ...own, shape: 'diamond', isHollow: true };
  return own;
}

/** The SFT model, where all start. */
export const SFT_STYLE: ArmStyle = style('ink', 'circle', true);
/** Numbers of the paper beside ours. */
export const PAPER_STYLE: ArmStyle = style('ink-3', 'diamond', true);
