// Golden kinds of `preference_losses`: every sequence-level preference loss with its gradients.
import { bcoLoss } from '../../losses/bco';
import { dpoLoss, hingeLoss, lnDpoLoss, rDpoLoss } from '../../losses/dpo';
import { ipoLoss } from '../../losses/ipo';
import { ktoLoss, ktoPairLoss } from '../../losses/kto';
import { npoLoss } from '../../losses/npo';
import type { PairLogps, PreferenceLoss } from '../../losses/sequence';
import { simpoLoss } from '../../losses/simpo';
import { tf } from '../../tf';
import type { Fields } from '../format';
import { evaluateWithGradients, toTensor } from '../tensors';
import type { Kind } from './kind';

type LossOf = (pairs: PairLogps, params: Fields, inputs: Fields) => PreferenceLoss & { z0?: tf.Scalar };

const LOSSES: Readonly<Record<string, LossOf>> = {
  dpo: (pairs, params) =>
    dpoLoss(pairs, { beta: params.number('beta'), labelSmoothing: params.number('label_smoothing', 0) }),
  hinge: (pairs, params) => hingeLoss(pairs, { beta: params.number('beta') }),
  ipo_sum: (pairs, params) => ipoLoss(pairs, { beta: params.number('beta'), average: false }),
  ipo_mean: (pairs, params) => ipoLoss(pairs, { beta: params.number('beta'), average: true }),
  r_dpo: (pairs, params) => rDpoLoss(pairs, { beta: params.number('beta'), alpha: params.number('alpha') }),
  ln_dpo: (pairs, params) => lnDpoLoss(pairs, { beta: params.number('beta') }),
  simpo: (pairs, params) =>
    simpoLoss(pairs, { beta: params.number('beta'), gammaBetaRatio: params.number('gamma_beta_ratio') }),
  npo: (pairs, params) => npoLoss(pairs, { beta: params.number('beta') }),
  bco: (pairs, params) => {
    const batches = params.number('batches_seen_after') - 1;
    return bcoLoss(pairs, { beta: params.number('beta') }, { delta: params.number('delta_before_update'), batches });
  },
  kto: (pairs, params, inputs) => {
    const mismatched: tf.Tensor1D = tf.sub(toTensor(inputs.array('policy_kl')), toTensor(inputs.array('ref_kl')));
    return ktoLoss(pairs, mismatched, {
      beta: params.number('beta'),
      desirableWeight: params.number('desirable_weight', 1),
      undesirableWeight: params.number('undesirable_weight', 1),
    });
  },
  kto_pair: (pairs, params) =>
    ktoPairLoss(pairs, { beta: params.number('beta'), detachKl: params.flag('detach_kl', false) }),
};

const kindOf =
  (lossOf: LossOf): Kind =>
  async ({ inputs, params }) => {
    const arrays = {
      policy_chosen: inputs.array('policy_chosen'),
      policy_rejected: inputs.array('policy_rejected'),
      ref_chosen: inputs.array('ref_chosen'),
      ref_rejected: inputs.array('ref_rejected'),
      mask_chosen: inputs.array('mask_chosen'),
      mask_rejected: inputs.array('mask_rejected'),
    };
    const got = await evaluateWithGradients(arrays, ['policy_chosen', 'policy_rejected'], (tensors) => {
      const pairs: PairLogps = {
        policyChosenLogps: tensors.policy_chosen,
        policyRejectedLogps: tensors.policy_rejected,
        refChosenLogps: tensors.ref_chosen,
        refRejectedLogps: tensors.ref_rejected,
        chosenMask: tensors.mask_chosen,
        rejectedMask: tensors.mask_rejected,
      };
      const { chosenRewards, rejectedRewards, ...outputs } = lossOf(pairs, params, inputs);
      return { ...outputs, rewards_chosen: chosenRewards, rewards_rejected: rejectedRewards };
    });
    return { got };
  };

export const preferenceKinds: Readonly<Record<string, Kind>> = Object.fromEntries(
  Object.entries(LOSSES).map(([name, lossOf]) => [name, kindOf(lossOf)]),
);
