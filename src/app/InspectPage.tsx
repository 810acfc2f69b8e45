// Inspect, with the pictures of the Neurons view over what it has open: they ask the inspect worker instead of the studio's atlas.
import { useMemo } from 'react';
import { useStore } from 'zustand';
import { InspectView } from '../features/inspect/InspectView';
import { agreementText, groupsText } from '../features/inspect/inspectText';
import { pairOf } from '../features/neurons/namedMasks';
import { SubjectView } from '../features/neurons/SubjectView';
import { AtlasContext } from '../state/atlasContext';
import { inspectMasks, modelOf } from '../state/inspectState';
import { InspectContext } from '../state/useInspect';
import { useStudio, useStudioState } from '../state/useStudio';
import { MOST_UNASKED_BYTES, maskOptions } from '../worker/inspectProtocol';
import { inspectOf } from './inspectHome';
import { inspectSources, sourceRun } from './inspectSources';
import { inspectLayers, inspectSubject } from './inspectSubject';

export function InspectPage() {
  const studio = useStudio();
  const inspect = inspectOf(studio);
  const run = useStudioState((state) => sourceRun(state.atlas.runs));
  const model = useStudioState(({ runs }) => runs.find(({ id }) => id === run?.runId)?.started?.model ?? null);
  const state = useStore(inspect.store);
  const { selection, slots, pairing, counted, secondCounted, made, groups, agreement, look } = state;
  const sources = useMemo(() => inspectSources(studio.atlas, run, model), [studio.atlas, run, model]);
  const subject = useMemo(() => inspectSubject({ pairing, slots, counted }), [pairing, slots, counted]);
  const masks = useMemo(() => inspectMasks({ made, slots }), [made, slots]);
  const layers = useMemo(() => {
    const { a, b } = pairOf(masks, look.pair);
    return inspectLayers({ pairing, slots, counted, secondCounted, selection, made }, a && b && { a, b });
  }, [pairing, slots, counted, secondCounted, selection, made, masks, look.pair]);
  const options = useMemo(() => selection && maskOptions(selection.options), [selection]);
  const isBusy = state.job !== null;
  return (
    <InspectContext value={inspect}>
      <AtlasContext value={inspect.client}>
        <InspectView
          sources={sources}
          pictures={
            subject &&
            layers.length > 0 &&
            (selection || !pairing) && (
              <SubjectView
                subject={subject}
                layers={layers}
                choice={look}
                onChoice={inspect.look}
                threshold={selection?.threshold ?? null}
                masks={masks}
                agreement={{
                  counts: agreement,
                  readsText: agreementText(state),
                  isBusy,
                  onCount: () => void inspect.agree(),
                }}
                hasUpdate={pairing !== null}
                options={options}
                findings={
                  selection &&
                  pairing && {
                    counted: groups,
                    asksCurve: pairing.bytes <= MOST_UNASKED_BYTES,
                    readsText: groupsText(pairing, selection, modelOf(state)),
                    isBusy,
                    onCount: () => void inspect.group(),
                  }
                }
                overlay="overlay"
              />
            )
          }
        />
      </AtlasContext>
    </InspectContext>
  );
}
