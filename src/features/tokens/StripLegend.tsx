// Around the strips: which layer colours them and how tokens are grouped, what the colours and marks mean, the numbers of the token under
// the cursor.
import { Choice } from '../../components/Choice';
import { formatNumber } from '../../components/format';
import { ColourBar, Swatch } from '../../components/Legend';
import { GROUPINGS, type Grouping } from '../../core/tokens/group';
import { TOKEN_LAYERS, type TokenLayer, type TokenPlace } from '../../state/tokensChoice';
import type { Inspection } from './inspection';
import { hasLayer, LAYER_INFO, type LayerScale, layerBar, layerPosition, layerValues, verdictOf } from './tokenLayers';
import { cellText } from './tokenTable';
import type { Unit } from './units';

interface ChooserProps {
  inspection: Inspection;
  layer: TokenLayer;
  onLayer(layer: TokenLayer): void;
  grouping: Grouping;
  onGrouping(grouping: Grouping): void;
}

const GROUPING_LABELS: Record<Grouping, string> = { token: 'Token', word: 'Word', step: 'Step' };

export function LayerChooser({ inspection, layer: shown, onLayer, grouping, onGrouping }: ChooserProps) {
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
  /** What low and high mean. */
  saying: string;
  scale: LayerScale;
  grouping: Grouping;
  value: number | null;
}

export function LayerLegend({ layer, saying, scale, grouping, value }: LegendProps) {
  const { label, aggregate } = LAYER_INFO[layer];
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

export function Marks({ inspection, tau, isPair }: { inspection: Inspection; tau: number; isPair: boolean }) {
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

/** Cells without a text have no id either. */
const idText = (id: number): string => (id >= 0 ? ` (id ${id})` : '');

/** What is said while no token is under the cursor. */
export const HINT = 'Point at a token for its numbers; click pins it, arrow keys move, Esc lets go.';

export function Readout({ inspection, place, unit }: { inspection: Inspection; place: TokenPlace; unit: Unit }) {
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
      {isOne && `: ${numbers.join(', ')}${idText(side.tokens[unit.from]!)}`}
    </>
  );
}
