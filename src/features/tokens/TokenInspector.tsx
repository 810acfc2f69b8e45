// One wrong answer or pair large: prompt and gold, the strips in the chosen layer, what their terms add up to, the token under the
// cursor in numbers, the formula, the rewrite, table and files.
import { memo, useMemo, useState } from 'react';
import type { TokenText } from '../../components/tokenStripText';
import type { Grouping } from '../../core/tokens/group';
import type { RunState } from '../../state/runState';
import { TOKEN_LAYERS, type TokenLayer, type TokenPlace } from '../../state/tokensChoice';
import { FormulaCard } from './FormulaCard';
import { changedSettings, strongestToken } from './formula';
import { Context, LossLine, StageButtons } from './InspectorContext';
import { Tools } from './InspectorTools';
import { type Inspection, type Item, inspect, type LossSettings, type MomentRows } from './inspection';
import { RewritePanel } from './RewritePanel';
import { layerSaying } from './rewardWords';
import { SideStrips } from './SideStrips';
import { HINT, LayerChooser, LayerLegend, Marks, Readout } from './StripLegend';
import { hasLayer, layerScale, layerValues } from './tokenLayers';
import { sideUnits, type Unit, unitOf } from './units';
import { useSettings } from './useSettings';

interface InspectorProps {
  run: RunState;
  item: Item;
  moment: MomentRows;
  /** "improving, step 12 of 25"; null before the first snapshot. */
  momentText: string | null;
  text: TokenText;
  /** null: rewards of a wrong answer, terms of a pair. */
  layer: TokenLayer | null;
  onLayer(layer: TokenLayer): void;
  grouping: Grouping;
  onGrouping(grouping: Grouping): void;
  pinned: TokenPlace | null;
  onPin(place: TokenPlace | null): void;
}

export const TokenInspector = memo(function TokenInspector(props: InspectorProps) {
  const { run, item, moment, text, grouping, pinned, onPin } = props;
  const [active, setActive] = useState<TokenPlace | null>(null);
  const [whatIf, setWhatIf] = useState<LossSettings | null>(null);
  const runSettings = useSettings(run, moment.place);
  const settings = whatIf ?? runSettings;
  const { config, inspected, logRatios, pairRatios } = run;
  const source = useMemo(
    () => ({ config, inspected, logRatios, pairRatios }),
    [config, inspected, logRatios, pairRatios],
  );
  const real = useMemo(() => inspect(item, source, moment, runSettings), [item, source, moment, runSettings]);
  const tried = useMemo(
    () => (whatIf ? inspect(item, source, moment, whatIf) : real),
    [item, source, moment, whatIf, real],
  );
  const layer = shownLayer(tried, props.layer ?? (item.kind === 'pair' ? 'term' : 'reward'));
  const units = useMemo(
    () => tried.sides.map((side) => sideUnits(side, { layer, grouping, text, tau: settings.tau })),
    [tried, layer, grouping, text, settings.tau],
  );
  const scale = useMemo(
    () => layerScale(layer, grouping === 'token' ? allValues(tried, layer) : unitValues(units)),
    [tried, layer, grouping, units],
  );
  const at = active ?? pinned;
  const formulaAt = pinned ?? strongestToken(tried);
  const unit = at ? (units[at.side]?.[unitOf(units[at.side] ?? [], at.token)] ?? null) : null;
  const saying = layerSaying(layer, run.rewards?.source ?? null);
  const changed = changedSettings(runSettings, settings);
  const wrong = tried.sides.at(-1)!;
  return (
    <figure className="tokens-figure" aria-label={item.kind === 'pair' ? 'Pair inspector' : 'Token rewards'}>
      <Context item={item} text={text} momentText={props.momentText} isStageEnd={tried.isStageEnd} />
      <LossLine inspection={tried} />
      {!tried.loss && <StageButtons run={run} item={item} />}
      <LayerChooser {...props} inspection={tried} layer={layer} />
      {changed && <p className="tokens-whatif">What if {changed}: the strip shows what the sliders below say.</p>}
      {item.kind === 'pair' && <p className="caption">Chosen above, rejected below, aligned by edit distance.</p>}
      <SideStrips
        sides={tried.sides}
        units={units}
        layer={layer}
        scale={scale}
        pinned={pinned}
        onPin={onPin}
        onActive={setActive}
      />
      <p className="tokens-readout" aria-live="polite">
        {at && unit ? <Readout inspection={tried} place={at} unit={unit} /> : HINT}
      </p>
      <div className="tokens-legend">
        <LayerLegend layer={layer} saying={saying} scale={scale} grouping={grouping} value={unit?.value ?? null} />
        <Marks inspection={tried} tau={settings.tau} isPair={item.kind === 'pair'} />
      </div>
      <FormulaCard
        real={real}
        tried={tried}
        runSettings={runSettings}
        settings={settings}
        onSettings={setWhatIf}
        at={formulaAt}
        isPinned={pinned !== null}
        tokenText={formulaAt && tokenTextAt(tried, formulaAt, text)}
        weighting={config.weighting}
      />
      {item.record && run.rewards && (
        <RewritePanel
          tokens={wrong.tokens}
          side={tried.sides.indexOf(wrong)}
          record={item.record}
          source={run.rewards.source}
          text={text}
          pinned={pinned}
          onPin={onPin}
        />
      )}
      <Tools
        inspection={tried}
        units={units}
        layer={layer}
        saying={saying}
        scale={scale}
        text={text}
        name={`${run.name}-${item.kind === 'pair' ? `pair-${item.index + 1}` : `answer-${item.response.id}`}`}
        notes={[item.prompt.text, ...(props.momentText ? [props.momentText] : [])]}
      />
    </figure>
  );
});

function* allValues({ sides }: Inspection, layer: TokenLayer): Generator<number> {
  for (const side of sides) {
    const values = layerValues(side, layer);
    for (let t = 0; values && t < values.length; t++) yield values[t]!;
  }
}

function* unitValues(units: readonly (readonly Unit[])[]): Generator<number> {
  for (const side of units) for (const { value } of side) if (value !== null) yield value;
}

const tokenTextAt = ({ sides }: Inspection, { side, token }: TokenPlace, text: TokenText): string | null => {
  const id = sides[side]?.tokens[token];
  return id === undefined ? null : text.token(id);
};

/** The wanted layer, or the first that there is at this moment. */
const shownLayer = (inspection: Inspection, wanted: TokenLayer): TokenLayer =>
  hasLayer(inspection, wanted) ? wanted : (TOKEN_LAYERS.find((one) => hasLayer(inspection, one)) ?? 'reward');
