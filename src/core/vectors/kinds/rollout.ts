// Golden kind of `ppo`: rewards, advantages and the two losses on given rollouts.
import { ppoLoss, rolloutAdvantages } from '../../losses/ppo';
import { gotArray } from '../compare';
import { GoldenFormatError } from '../format';
import { evaluateWithGradients } from '../tensors';
import type { Kind } from './kind';

export const ppoKind: Kind = async ({ inputs, params }) => {
  const algorithm = params.text('algo', 'ppo');
  if (algorithm !== 'ppo' && algorithm !== 'a2c') throw new GoldenFormatError(`unknown algo "${algorithm}"`);
  const mask = inputs.array('mask');
  const { shape } = mask;
  const advantages = rolloutAdvantages(
    {
      oldLogps: inputs.array('old_logps').data,
      refLogps: inputs.array('ref_logps').data,
      values: inputs.array('values').data,
      scores: inputs.array('scores').data,
      mask: mask.data,
    },
    { klCoefficient: params.number('kl_coef'), gamma: params.number('gamma', 1), lambda: params.number('lam', 0.95) },
  );
  const arrays = {
    new_logps: inputs.array('new_logps'),
    new_values: inputs.array('new_values'),
    old_logps: inputs.array('old_logps'),
    old_values: inputs.array('values'),
    advantages: { shape, data: advantages.whitenedAdvantages },
    returns: { shape, data: advantages.returns },
    mask,
  };
  const losses = await evaluateWithGradients(arrays, ['new_logps', 'new_values'], (tensors) => {
    const { loss, policyLoss, valueLoss } = ppoLoss(
      {
        newLogps: tensors.new_logps,
        newValues: tensors.new_values,
        oldLogps: tensors.old_logps,
        oldValues: tensors.old_values,
        advantages: tensors.advantages,
        returns: tensors.returns,
        mask: tensors.mask,
      },
      {
        algorithm,
        clipRange: params.number('cliprange', 0.2),
        valueClipRange: params.number('cliprange_value', 0.2),
        valueCoefficient: params.number('vf_coef', 0.1),
      },
    );
    return { loss, pg_loss: policyLoss, value_loss: valueLoss };
  });
  return {
    got: {
      ...losses,
      token_rewards: gotArray(advantages.tokenRewards, shape),
      returns: gotArray(advantages.returns, shape),
      advantages_whitened: gotArray(advantages.whitenedAdvantages, shape),
    },
  };
};
