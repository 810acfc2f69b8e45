// One wrong answer or pair large: prompt and gold, the strips in the chosen layer, what their terms add up to, the token under the
// cursor in numbers, the formula, the rewrite, table and files.
import { memo, useMemo, useState } from 'react';
import { Choice } from '../../components/Choice';
import { DataTable } from '../../components/DataTable';
import { countOf, formatNumber } from '../../components/format';
import { ColourBar, Swatch } from '../../components/Legend';
import { PictureButtons } from '../../components/PictureButtons';
import type { TokenText } from '../../components/tokenStripText';
import type { TimedStage } from '../../core/events';
import { GROUPINGS, type Grouping } from '../../core/tokens/group';
import type { RunState } from '../../state/runState';
import { TOKEN_LAYERS, type TokenLayer, type TokenPlace } from '../../state/tokensChoice';
import { useStudio } from '../../state/useStudio';
import { FormulaCard } from './FormulaCard';
import { changedSettings, strongestToken } from './formula';
import { type Inspection, type Item, inspect, type LossSettings, type MomentRows, rowOf } from './inspection';
import { RewritePanel } from './RewritePanel';
import { SideStrips } from './SideStrips';
import { hasLayer, LAYER_INFO, layerBar, layerPosition, layerScale, layerValues, verdictOf } from './tokenLayers';
import { stripPicture } from './tokenPicture';
import { cellText, type TokenRow, tokenColumns, tokenRows, tokensTsv } from './tokenTable';
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
  const { config, inspected, logRatios } = run;
  const source = useMemo(() => ({ config, inspected, logRatios }), [config, inspected, logRatios]);
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
  const changed = changedSettings(runSettings, settings);
  const wrong = tried.sides.at(-1)!;
  return (
    <figure className="tokens-figure" aria-label={item.kind === 'pair' ? 'Pair inspector' : 'Token rewards'}>
      <Context item={item} text={text} momentText={props.momentText} isStageEnd={tried.isStageEnd} />
      <LossLine inspection={tried} />
      {!tried.loss && rowOf(inspected, item) >= 0 && <StageButtons run={run} item={item} />}
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
        <LayerLegend layer={layer} scale={scale} grouping={grouping} value={unit?.value ?? null} />
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
        scale={scale}
        text={text}
        name={`${run.name}-${item.kind === 'pair' ? `pair-${item.index + 1}` : `answer-${item.response.id}`}`}
        notes={[item.prompt.text, ...(props.momentText ? [props.momentText] : [])]}
      />
    </figure>
  );
});

const HINT = 'Point at a token for its numbers; click pins it, arrow keys move, Esc lets go.';

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

interface ContextProps {
  item: Item;
  text: TokenText;
  momentText: string | null;
  isStageEnd: boolean;
}

function Context({ item, text, momentText, isStageEnd }: ContextProps) {
  const { prompt } = item;
  return (
    <figcaption className="tokens-context">
      <p>
        <span className="tokens-tag">Prompt</span> <span>{prompt.text}</span>
      </p>
      {prompt.gold && (
        <p>
          <span className="tokens-tag">Gold</span> <span>{text.text(prompt.gold)}</span>
        </p>
      )}
      <p>
        <span className="tokens-tag">Moment</span>{' '}
        <span>
          {isStageEnd
            ? 'the end of forgetting: the time line does not follow this one'
            : (momentText ?? 'no snapshot yet')}
        </span>
      </p>
    </figcaption>
  );
}

/** The wanted layer, or the first that there is at this moment. */
const shownLayer = (inspection: Inspection, wanted: TokenLayer): TokenLayer =>
  hasLayer(inspection, wanted) ? wanted : (TOKEN_LAYERS.find((one) => hasLayer(inspection, one)) ?? 'reward');

interface ChooserProps extends Pick<InspectorProps, 'onLayer' | 'grouping' | 'onGrouping'> {
  inspection: Inspection;
  layer: TokenLayer;
}

const GROUPING_LABELS: Record<Grouping, string> = { token: 'Token', word: 'Word', step: 'Step' };

function LayerChooser({ inspection, layer: shown, onLayer, grouping, onGrouping }: ChooserProps) {
  return (
    <div className="tokens-choosers">
      <label className="tokens-select">
        <span>Colour by</span>
        <select
          className="field-input"
          value={shown}
          onChange={(event) => {
            const layer = TOKEN_LAYERS.find((one) => one === event.target.value);
            if (layer) onLayer(layer);
          }}
        >
          {TOKEN_LAYERS.map((layer) => (
            <option key={layer} value={layer} disabled={!hasLayer(inspection, layer)}>
              {LAYER_INFO[layer].label}
            </option>
          ))}
        </select>
      </label>
      <Choice<Grouping>
        label="Group by"
        options={GROUPINGS.map((value) => ({ value, label: GROUPING_LABELS[value] }))}
        value={grouping}
        onChange={onGrouping}
      />
    </div>
  );
}

const AGGREGATES = { mean: 'mean of its tokens', sum: 'sum of its tokens', highest: 'highest of its tokens' } as const;

interface LegendProps {
  layer: TokenLayer;
  scale: ReturnType<typeof layerScale>;
  grouping: Grouping;
  value: number | null;
}

function LayerLegend({ layer, scale, grouping, value }: LegendProps) {
  const { label, saying, aggregate } = LAYER_INFO[layer];
  const summed = grouping === 'token' ? '' : ` (a ${grouping} shows the ${AGGREGATES[aggregate]})`;
  if (layer === 'wrong' || layer === 'kept') {
    return (
      <p className="caption">
        {label}: {saying}
        {summed}
      </p>
    );
  }
  const marker = value === null || Number.isNaN(value) ? null : layerPosition(scale, value);
  return <ColourBar label={`${label}: ${saying}${summed}`} {...layerBar(scale)} marker={marker} />;
}

function Marks({ inspection, tau, isPair }: { inspection: Inspection; tau: number; isPair: boolean }) {
  const hasRewards = inspection.sides.some(({ rewards }) => rewards);
  const hasVerdicts = inspection.sides.some(({ wrong }) => wrong);
  return (
    <>
      {hasRewards && <Swatch className="tokens-sample-outline">unaligned: p &lt; τ = {formatNumber(tau)}</Swatch>}
      {hasVerdicts && (
        <>
          <span className="tokens-mark">▼ first error</span>
          <span className="tokens-mark">▽ consequence of it</span>
        </>
      )}
      {isPair && <Swatch className="tokens-sample-unequal">not the same in both</Swatch>}
    </>
  );
}

function Readout({ inspection, place, unit }: { inspection: Inspection; place: TokenPlace; unit: Unit }) {
  const side = inspection.sides[place.side];
  if (!side) return HINT;
  const isOne = unit.to - unit.from === 1;
  const numbers = TOKEN_LAYERS.filter((layer) => layer !== 'wrong').flatMap((layer) => {
    const values = layerValues(side, layer);
    if (!values || (!isOne && layer !== 'term')) return [];
    const value = isOne ? values[unit.from]! : unit.value;
    return [`${LAYER_INFO[layer].label.toLowerCase()} ${cellText(value)}`];
  });
  const verdict = isOne ? verdictOf(side, unit.from) : null;
  return (
    <>
      <b className="mono">{unit.text}</b> {side.role === 'answer' ? '' : `${side.role}, `}
      {isOne ? `token ${unit.from + 1}` : `tokens ${unit.from + 1}–${unit.to}: ${formatNumber(unit.value)}`}
      {verdict && `, ${verdict}`}
      {isOne && `: ${numbers.join(', ')} (id ${side.tokens[unit.from]})`}
    </>
  );
}

function LossLine({ inspection: { loss, why, sides } }: { inspection: Inspection }) {
  if (!loss) return <p className="tokens-loss caption">{why}</p>;
  const terms = sides.reduce(
    (count, side) => count + Array.from(side.terms ?? []).filter((term) => term !== 0).length,
    0,
  );
  const named = loss.form === 'npo' ? 'loss' : 'β · z';
  return (
    <p className="tokens-loss" data-sum={loss.sum} data-loss={loss.loss} data-difference={loss.difference}>
      {countOf(terms, 'term')} other than 0 add{terms === 1 ? 's' : ''} up to{' '}
      <b>
        {named} = {formatNumber(loss.sum, 5)}
      </b>
      {loss.form === 'dpo' && (
        <>
          , and the loss is −log σ({formatNumber(loss.sum, 5)}) = <b>{formatNumber(loss.loss + loss.difference, 5)}</b>
        </>
      )}
      . The loss of this {loss.form === 'npo' ? 'answer' : 'pair'} in training’s float32:{' '}
      <b>{formatNumber(loss.loss, 5)}</b>; difference {formatNumber(loss.difference, 2)}.
      {loss.form === 'npo' &&
        ` D = ${formatNumber(loss.denominator)} counts this answer alone; a training step counts its whole batch.`}
    </p>
  );
}

const LEARNS: Record<Item['kind'], readonly TimedStage[]> = { answer: ['forgetting'], pair: ['warm-up', 'improving'] };

/** To the end of the stages that learn from this kind. */
function StageButtons({ run: { moments }, item }: { run: RunState; item: Item }) {
  const studio = useStudio();
  const ends = LEARNS[item.kind].flatMap((stage) => {
    const end = moments.findLastIndex((moment) => moment.stage === stage);
    return end < 0 ? [] : [{ stage, end }];
  });
  if (ends.length === 0) return null;
  return (
    <div className="tokens-copy">
      {ends.map(({ stage, end }) => (
        <button key={stage} type="button" className="button" onClick={() => studio.setMoment(end)}>
          Show the end of {stage}
        </button>
      ))}
    </div>
  );
}

interface ToolsProps {
  inspection: Inspection;
  units: readonly (readonly Unit[])[];
  layer: TokenLayer;
  scale: ReturnType<typeof layerScale>;
  text: TokenText;
  name: string;
  notes: readonly string[];
}

function Tools({ inspection, units, layer, scale, text, name, notes }: ToolsProps) {
  const columns = useMemo(() => tokenColumns(inspection), [inspection]);
  const rows = useMemo(() => tokenRows(inspection, text.token), [inspection, text]);
  const make = () =>
    stripPicture(
      inspection.sides.map(({ role }, i) => ({ name: role === 'answer' ? '' : role, units: units[i]! })),
      layer,
      scale,
      inspection.sides.length > 1 ? 'Chosen and rejected, token by token' : 'A wrong answer, token by token',
      notes,
    );
  return (
    <div className="tokens-tools">
      <div className="tokens-copy">
        <CopyButton copied={() => tokensTsv(columns, rows)} />
        <PictureButtons what="the token strip" fileName={name} make={make} />
      </div>
      <DataTable<TokenRow> caption="Every token with all layers" columns={columns} rows={rows} fileName={name} />
    </div>
  );
}

function CopyButton({ copied }: { copied(): string }) {
  const [said, setSaid] = useState('');
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(copied());
      setSaid('Copied.');
    } catch {
      setSaid('The browser did not allow copying. Select the rows of the table instead.');
    }
  };
  return (
    <>
      <button type="button" className="button" onClick={copy}>
        Copy as TSV
      </button>
      <span className="caption" aria-live="polite">
        {said}
      </span>
    </>
  );
}
