// The eight guided experiments. Their arms are those of the lab's experiments, so that recorded results answer them at once.
import { STYLE_VARIANTS } from './armLists';
import { ACCURACY, type Quantity } from './claims/judging';
import { GUIDED_MARGIN, type GuidedExperiment, type Outcome } from './guided';
import { paperLastAgainstFull, paperTopAgainstFull } from './paper';
import type { ArmResult, StudyResult } from './result';
import { accuracy, accuracyBefore, armResults, type Reading, styleShare } from './samples';
import { mean } from './statistics';
import { HIGH_RATE, topShare, type Variant, variant, withRate } from './variants';

const WITHIN = `within ${GUIDED_MARGIN} points`;
const ACCURACY_ANSWERS: Readonly<Record<Outcome, string>> = {
  more: 'Better',
  same: `About the same (${WITHIN})`,
  less: 'Worse',
};
const ofAccuracy = {
  leastSeeds: 1,
  quantity: ACCURACY,
  reading: accuracy,
  before: accuracyBefore,
  answers: ACCURACY_ANSWERS,
};

const STYLE: Quantity = {
  ...{ name: 'sampled answers with the style', unit: ' %', differenceUnit: ' points', digits: 1, better: 'lower' },
};
const styleBefore: Reading = ({ before }) => (before.stylePercent === null ? null : [before.stylePercent]);

const full = variant('dpo-full');
const top = variant('dpo-top10');
const random = variant('dpo-random10');
const last = variant('dpo-last10');
const allo = variant('allo');
const raw = variant('allo-raw');

export const GUIDED: readonly GuidedExperiment[] = [
  {
    id: 'train-all',
    sentence: 'Train all weights instead of the most changed 10 %.',
    compared:
      'DPO on all weights with DPO on the top 10 %: same pairs, same learning rate, same number of updates. The warm-up alone stands beside.',
    why: 'If most weights are not needed, holding 90 % of them still should cost nothing. But a neuron mask also makes every step smaller, and that may matter more than which weights it holds.',
    lab: 'study',
    variants: [full, top, variant('warm-up-only')],
    ...ofAccuracy,
    question: 'How accurate are all weights, compared with the top 10 %?',
    teaches: {
      more: 'At the learning rate that suits all weights, a mask costs accuracy: it takes nine tenths of the step away. “Three times the learning rate” shows what happens when the rate makes up for it.',
      same: 'Nine tenths of the weights were not needed to come this far.',
      less: 'Fewer weights did better than all: here the mask protected the model from too large a step.',
    },
    paper: {
      expects: ['same', 'less'],
      text: `The paper finds the top 10 % at least as good as all weights: ${paperTopAgainstFull}.`,
    },
  },
  {
    id: 'random-ten',
    sentence: 'Train a random 10 % of the weights.',
    compared:
      'DPO on a random tenth with DPO on the tenth that a short warm-up changed most. All weights stand beside.',
    why: 'If most weights are as good as any, chance would do to pick them. If it does not, the warm-up has found something.',
    lab: 'study',
    variants: [random, top, full],
    ...ofAccuracy,
    question: 'How accurate is a random 10 %, compared with the top 10 %?',
    teaches: {
      more: 'Chance picked better weights than the warm-up: the ranking by change is worth nothing here.',
      same: 'Any tenth of the weights will do: what counts is how many, not which.',
      less: 'Which weights are trained matters: the ones that a warm-up moves most learn faster than as many others.',
    },
    paper: null,
  },
  {
    id: 'least-ten',
    sentence: 'Train the 10 % that the warm-up changed least.',
    compared: 'DPO on the last 10 % with DPO on all weights. The top 10 % stands beside.',
    why: 'The paper’s first figure shows the least changed neurons nearly as accurate as all of them. Would you have thought so?',
    lab: 'study',
    variants: [last, full, top],
    ...ofAccuracy,
    question: 'How accurate is the last 10 %, compared with all weights?',
    teaches: {
      more: 'The least changed weights did better than all of them: redundancy reaches further than the ranking says.',
      same: 'Even the least changed weights learn the task: nearly any tenth is enough.',
      less: 'The least changed weights learn little or nothing: gradients hardly reach them, so at this learning rate they hardly move.',
    },
    paper: {
      expects: ['same'],
      text: `The paper finds the last 10 % about equal to all weights: ${paperLastAgainstFull}. The released script also keeps every tied and unchanged weight for it, which is another mask.`,
    },
  },
  {
    id: 'foreign-mask',
    sentence: 'Use a neuron mask that was found on another task family.',
    compared: 'DPO on another family’s top 10 % with DPO on a random 10 %. The family’s own top 10 % stands beside.',
    why: 'Are there weights that matter for alignment as such, or does every task have its own? In the first case a transplanted mask works; in the second it is as good as chance.',
    lab: 'transfer',
    variants: [variant('dpo-foreign10'), random, top],
    ...ofAccuracy,
    question: 'How accurate is the foreign mask, compared with a random one?',
    teaches: {
      more: 'The families share weights that matter: a mask found elsewhere is better than chance.',
      same: 'A foreign mask is worth as much as a random one: the weights that matter are the task’s own.',
      less: 'A foreign mask is worse than chance: it points at weights that this task uses less than most.',
    },
    paper: null,
  },
  {
    id: 'raw-weights',
    sentence: 'Forget with the raw rewards as weights, as the released script does.',
    compared: 'ALLO with w = p, the raw token reward, with ALLO as described, w = 1 where p is below τ.',
    why: 'A high reward means that a token is right. Used as the weight of forgetting it pushes the right tokens down and spares the wrong ones: one missing minus sign in thousands of lines.',
    lab: 'ablations',
    variants: [raw, allo],
    ...ofAccuracy,
    question: 'How accurate is ALLO with raw weights, compared with ALLO?',
    teaches: {
      more: 'Forgetting the right tokens did no harm and even helped: then it is not the token rewards that do the work.',
      same: 'Improving made up for it: what is forgotten mattered little in the end.',
      less: 'Forgetting the right tokens does damage that improving does not undo: the direction of the weights matters.',
    },
    paper: null,
    note: (results, family) => afterForgetting(results, family, raw),
  },
  {
    id: 'style-bias',
    sentence: 'Give all right answers a style that does not matter, and see who copies it.',
    compared:
      'ALLO with token rewards with ALLO that weighs all tokens alike, on pairs whose chosen answers all begin with “ok”. DPO on all weights stands beside.',
    why: 'Preferred answers often share a manner that has nothing to do with being right. A method that looks at whole answers learns the manner too; one that looks at the wrong tokens need not.',
    lab: 'style',
    variants: [STYLE_VARIANTS.allo, STYLE_VARIANTS.uniform, STYLE_VARIANTS.full],
    quantity: STYLE,
    leastSeeds: 3,
    reading: styleShare,
    before: styleBefore,
    question: 'How often does ALLO with token rewards copy the style, compared with ALLO without?',
    answers: { more: 'More often', same: `About as often (${WITHIN})`, less: 'Less often' },
    teaches: {
      more: 'Token rewards made the copying worse: they do not tell manner from error here.',
      same: 'Token rewards make no difference to the style: it comes in elsewhere, with the chosen answers for one.',
      less: 'Token rewards keep the lesson to the tokens that are wrong, so less of the irrelevant style comes along.',
    },
    paper: {
      expects: ['less'],
      text: 'The paper’s reason for token rewards is that whole answers teach their style too; it has no numbers for this.',
    },
  },
  {
    id: 'three-times',
    sentence: 'Train at three times the learning rate.',
    compared:
      'DPO on the top 10 % with DPO on all weights, both at 3.3 times the learning rate. All weights at the usual rate stand beside.',
    why: 'A mask takes away most of each step. If that is all it does, it should look best just where steps are too large, and worst where they are right.',
    lab: 'ratio',
    variants: [topShare(10, HIGH_RATE), withRate('dpo-full', HIGH_RATE), full],
    ...ofAccuracy,
    question: 'At this rate, how accurate is the top 10 %, compared with all weights?',
    teaches: {
      more: 'At a rate that is too high for all weights the mask wins: much of what a mask does is to make the step smaller. Compare with all weights at the usual rate before you praise it.',
      same: 'Three times the rate suits both: here the mask neither protects nor costs.',
      less: 'All weights stand this rate, too: the mask only slows the learning down.',
    },
    paper: {
      expects: ['more', 'same'],
      text: `The paper finds the top 10 % at least as good as all weights: ${paperTopAgainstFull}.`,
    },
  },
  {
    id: 'skip-forgetting',
    sentence: 'Skip forgetting and improve only.',
    compared:
      'ALLO without its forgetting stage with ALLO: improving gets the updates of both stages. DPO on all weights stands beside.',
    why: 'ALLO first forgets wrong tokens and then improves on pairs. Two stages need two learning rates and two masks: are they worth it?',
    lab: 'ablations',
    variants: [variant('allo-no-forgetting'), allo, full],
    ...ofAccuracy,
    question: 'How accurate is ALLO without forgetting, compared with ALLO?',
    teaches: {
      more: 'Improving alone does better: forgetting spent drift from the SFT model without buying accuracy for it.',
      same: 'The same number of updates does the same with and without forgetting: on clean pairs one stage is enough.',
      less: 'Forgetting first helps: with the wrong tokens out of the way the pairs teach more.',
    },
    paper: {
      expects: ['less'],
      text: 'The paper holds that both stages are needed; the numbers of its ablation were not at hand.',
    },
  },
];

/** Throws nothing: null for an id that none has. */
export const findGuided = (id: string): GuidedExperiment | null => GUIDED.find((each) => each.id === id) ?? null;

/** Accuracy at the end of forgetting, before improving mends it, next to the SFT model's on the same prompts. */
function afterForgetting(results: readonly StudyResult[], family: string, of: Variant): string | null {
  const pairs = armResults(results, family, of).flatMap((result) => {
    const [before, after] = [placeAccuracy(result, 'sft'), placeAccuracy(result, 'forgetting')];
    return before !== null && after !== null ? [[before, after] as const] : [];
  });
  if (pairs.length === 0) return null;
  const [before, after] = [mean(pairs.map(([value]) => value)), mean(pairs.map(([, value]) => value))];
  const sign = after < before ? 'below' : 'not below';
  return `At the end of forgetting, before improving, raw weights stood at ${after.toFixed(1)} % on the first prompts: ${sign} the ${before.toFixed(1)} % of the SFT model.`;
}

const placeAccuracy = ({ path }: ArmResult, stage: string): number | null =>
  path.findLast((place) => place.stage === stage)?.accuracy ?? null;
