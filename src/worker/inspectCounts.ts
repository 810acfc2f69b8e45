// The inspect worker's passes that count more of the change than a selection needs: coarser groups, and masks beside each other.

import { pairItems } from '../core/inspect/magnitudeScan';
import { countStreamed, type StreamedMask } from '../core/inspect/maskAgreement';
import { type PassProgress, streamBytes } from '../core/inspect/streamChunks';
import { headPairing, streamGroups } from '../core/inspect/streamGroups';
import { streamSelect } from '../core/inspect/streamSelect';
import type { MaskRef } from './atlasProtocol';
import { checkMask, fileRole, inspectOptions } from './inspectCells';
import { RefusedError } from './inspectFailure';
import { type InspectHeld, selectionKey } from './inspectHeld';
import { type JobWatch, onePass, paceOf } from './inspectPace';
import type { InspectAgreement, InspectGroups } from './inspectProtocol';
import { concentrationOf } from './inspectThrough';

/**
 * Of the share last selected, from the most changed weight on whatever its rule and lower end. One pass, and two over the attention tensors
 * where heads are known. Throws OrderError, RangeError for too many groups, and what the passes throw.
 */
export async function groupFiles(held: InspectHeld, headWidth: number | null, watch: JobWatch): Promise<InspectGroups> {
  const { selection: last, answer } = held.selection();
  const { scan } = last;
  const attention = headPairing(scan.pairing, headWidth);
  const pace = paceOf('groups', watch);
  const bytesOf = (pairs: typeof scan.pairs) => streamBytes(pairItems(scan.pairing, pairs));
  const isMade = last.order === 'most' && last.kLower === 0;
  const [all, part] = [bytesOf(scan.pairs), bytesOf(attention.pairs.filter(({ inScope }) => inScope))];
  const passes = (isMade ? 0 : 1) + (headWidth === null ? 0 : 2) + 1;
  const total = all + (isMade ? 0 : all) + (headWidth === null ? 0 : 2 * part);
  const state = { pass: 0, read: 0, last: 0 };
  /** The passes of one step after another as one row of passes. */
  const tell = (doing: string) => {
    let own = 0;
    return (progress: PassProgress & { pass?: number }) => {
      const pass = progress.pass ?? 1;
      if (pass !== own) {
        state.read += state.last;
        state.pass++;
        own = pass;
      }
      state.last = progress.bytes;
      const done = (state.read + progress.bytes) / Math.max(1, total);
      pace.pass({ ...progress, pass: state.pass, passes: Math.max(passes, state.pass), done }, doing);
    };
  };
  const { signal } = watch;
  const rule = { lower: 0, upper: last.rule.upper, order: 'most' as const };
  const single = isMade
    ? last
    : await streamSelect(scan.pairing, rule, { signal, scan, onProgress: tell('finding the threshold') });
  const ofHeads =
    headWidth === null ? null : await streamSelect(attention, rule, { signal, onProgress: tell('ranking attention') });
  const { rows, squares } = await streamGroups(single, ofHeads, headWidth, {
    signal,
    onProgress: tell('summing rows, columns and heads'),
  });
  signal.throwIfAborted();
  const concentration = concentrationOf(single, squares, rule.upper);
  return { options: answer.options, rows, concentration, passes: pace.passes(), pace: pace.end() };
}

/** Throws OrderError or RefusedError for a mask that is not there, and what countStreamed throws. */
export async function countMasks(
  held: InspectHeld,
  masks: readonly MaskRef[],
  watch: JobWatch,
): Promise<InspectAgreement> {
  const streamed = masks.map((ref): StreamedMask => {
    checkMask(ref);
    if (ref.from === 'file') return { from: 'file', file: held.mask(fileRole(ref)).file };
    const made = held.selections.get(selectionKey(inspectOptions(ref.options)));
    if (!made) throw new RefusedError('One of these shares is no longer kept. Select it again.');
    return { from: 'selection', selection: made.selection };
  });
  const pace = paceOf('agreement', watch);
  const tensors = await countStreamed(streamed, {
    signal: watch.signal,
    onProgress: (progress) => pace.pass(onePass(progress), 'comparing the masks'),
  });
  watch.signal.throwIfAborted();
  return { masks, tensors, pace: pace.end() };
}
