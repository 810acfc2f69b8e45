// Inspect, with the pictures of the Neurons view over what it has open: they ask the inspect worker instead of the studio's atlas.
import { useMemo } from 'react';
import { useStore } from 'zustand';
import { InspectView } from '../features/inspect/InspectView';
import { SubjectView } from '../features/neurons/SubjectView';
import { AtlasContext } from '../state/atlasContext';
import { InspectContext } from '../state/useInspect';
import { useStudio, useStudioState } from '../state/useStudio';
import { INSPECT_MASK, INSPECT_RUN, maskOptions } from '../worker/inspectProtocol';
import { inspectOf } from './inspectHome';
import { inspectSources, sourceRun } from './inspectSources';
import { inspectLayers, inspectSubject } from './inspectSubject';

export function InspectPage() {
  const studio = useStudio();
  const inspect = inspectOf(studio);
  const run = useStudioState((state) => sourceRun(state.atlas.runs));
  const model = useStudioState(({ runs }) => runs.find(({ id }) => id === run?.runId)?.started?.model ?? null);
  const { selection, slots, pairing, counted, look } = useStore(inspect.store);
  const sources = useMemo(() => inspectSources(studio.atlas, run, model), [studio.atlas, run, model]);
  const subject = useMemo(() => inspectSubject({ pairing, slots, counted }), [pairing, slots, counted]);
  const layers = useMemo(
    () => inspectLayers({ pairing, slots, counted, selection }),
    [pairing, slots, counted, selection],
  );
  const options = useMemo(() => selection && maskOptions(selection.options), [selection]);
  const mask = slots.mask.held?.opened.name;
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
                pair={
                  options && mask !== undefined
                    ? {
                        a: { id: 'mask', label: 'our mask', mask: { from: 'lab', runId: INSPECT_RUN, options } },
                        b: { id: 'file', label: mask, mask: { from: 'file', fileId: INSPECT_MASK } },
                      }
                    : null
                }
                hasUpdate={pairing !== null}
                options={options}
              />
            )
          }
        />
      </AtlasContext>
    </InspectContext>
  );
}
