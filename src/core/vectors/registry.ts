// Which golden kinds exist.
import { adamwKind, clipGradNormKind } from './kinds/adamw';
import { fgDpoKind, fgNpoKind, tokenLogpsKind, tokenRewardKind } from './kinds/fineGrained';
import type { Kind } from './kinds/kind';
import { modelKind } from './kinds/model';
import { mergingKind, pairsKind, samplingKind, scheduleKind, topkMaskKind } from './kinds/plain';
import { preferenceKinds } from './kinds/preference';
import { ppoKind } from './kinds/rollout';
import { h01Kind, taskKind, vocabularyKind } from './kinds/tasks';

export const KINDS: Readonly<Record<string, Kind>> = {
  ...preferenceKinds,
  token_logps: tokenLogpsKind,
  fg_npo: fgNpoKind,
  fg_dpo: fgDpoKind,
  token_reward: tokenRewardKind,
  topk_mask: topkMaskKind,
  cosine: scheduleKind('cosine'),
  linear: scheduleKind('linear'),
  sampling: samplingKind,
  ondare: mergingKind('ondare'),
  onties: mergingKind('onties'),
  ppo: ppoKind,
  pairs: pairsKind,
  h01: h01Kind,
  task_vocabulary: vocabularyKind,
  task: taskKind,
  masked_adamw: adamwKind('hf'),
  adamw_torch: adamwKind('torch'),
  clip_grad_norm: clipGradNormKind,
  model: modelKind,
};
