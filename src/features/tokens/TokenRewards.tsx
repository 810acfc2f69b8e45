// One wrong response large: prompt and gold above, the strip in the chosen layer, the token under the cursor in numbers, the table.
import { useMemo, useState } from 'react';
import { Choice } from '../../components/Choice';
import { countOf, formatNumber } from '../../components/format';
import { ColourBar, Swatch } from '../../components/Legend';
import { type StripToken, type TokenMark, TokenStrip } from '../../components/TokenStrip';
import type { TokenText } from '../../components/tokenStripText';
import type { RunState } from '../../state/runState';
import type { Scored } from './TokenPicker';
import {
  hasLayer,
  LAYER_LABELS,
  LAYERS,
  type Layer,
  type LayerScale,
  layerBar,
  layerColour,
  layerPosition,
  layerScale,
  layerValues,
  shortValue,
} from './tokenLayers';
import { COLUMNS, cellText, type TokenRow, tokenRows, tokensTsv } from './tokenTable';

const MARKS: Record<string, TokenMark> = { 'first error': 'first-error', consequence: 'consequence' };

const SAYING: Record<Layer, string> = {
  reward: 'low = the rewriter would change this token',
  weight: 'what the forgetting loss multiplies each token with',
  forgetting: 'log p(model) − log p(SFT): negative = pushed down',
  improving: 'log p(model) − log p(before improving): negative = pushed down',
};

interface TokenRewardsProps {
  logRatios: RunState['logRatios'];
  config: RunState['config'];
  chosen: Scored;
  text: TokenText;
  layer: Layer;
  onLayer(layer: Layer): void;
}

function stripToken(row: TokenRow, layer: Layer, scale: LayerScale, value: number | null): StripToken {
  const verdict = row.verdict && row.verdict !== 'right' ? `, ${row.verdict}` : '';
  return {
    text: row.text,
    mark: MARKS[row.verdict ?? ''] ?? 'none',
    ...(value !== null && { background: layerColour(scale, value), under: shortValue(value) }),
    detail: `${LAYER_LABELS[layer].toLowerCase()} ${formatNumber(value)}${verdict}`,
  };
}

export function TokenRewards({ logRatios, config, chosen, text, layer, onLayer }: TokenRewardsProps) {
  const { record, response, prompt } = chosen;
  const [pinned, setPinned] = useState<number | null>(null);
  const [active, setActive] = useState<number | null>(null);
  const scale = useMemo(() => layerScale({ logRatios, config }, layer), [logRatios, config, layer]);
  const rows = useMemo(
    () => tokenRows({ logRatios }, record, response, text.token),
    [logRatios, record, response, text],
  );
  const values = layerValues({ logRatios }, record, layer);
  const tokens = rows.map((row) => stripToken(row, layer, scale, values?.[row.index] ?? null));
  const at = rows[active ?? pinned ?? -1] ?? null;
  const weighted = record.weights.reduce((count, weight) => count + (weight > 0 ? 1 : 0), 0);
  return (
    <figure className="tokens-figure" aria-label="Token rewards">
      <figcaption className="tokens-context">
        <p>
          <span className="tokens-tag">Prompt</span> {prompt.text}
        </p>
        {prompt.gold && (
          <p>
            <span className="tokens-tag">Gold</span> {text.text(prompt.gold)}
          </p>
        )}
      </figcaption>
      <Choice<Layer>
        label="Colour tokens by"
        options={LAYERS.map((value) => ({
          value,
          label: LAYER_LABELS[value],
          disabled: !hasLayer({ logRatios }, value),
        }))}
        value={layer}
        onChange={onLayer}
      />
      <TokenStrip
        label="Wrong answer, token by token"
        tokens={tokens}
        pinned={pinned}
        onPin={setPinned}
        onActive={setActive}
      />
      {!values && (
        <p className="caption">
          Log-ratios are measured for the first few hundred wrong answers only; not for this one.
        </p>
      )}
      <p className="tokens-readout" aria-live="polite">
        {at ? (
          <Readout row={at} />
        ) : (
          `${weighted} of ${countOf(rows.length, 'token')} ${weighted === 1 ? 'weighs' : 'weigh'} in the forgetting loss. Point at a token for its numbers; click pins it, arrow keys move.`
        )}
      </p>
      <div className="tokens-legend">
        <ColourBar
          label={`${LAYER_LABELS[layer]}: ${SAYING[layer]}`}
          {...layerBar(scale)}
          marker={at && values ? layerPosition(scale, values[at.index] ?? Number.NaN) : null}
        />
        {record.wrong && (
          <>
            <Swatch className="tokens-sample-first">▼ first error</Swatch>
            <Swatch className="tokens-sample-later">▽ consequence of it</Swatch>
          </>
        )}
      </div>
      <div className="tokens-tools">
        <CopyButton rows={rows} />
        <TokenTable rows={rows} />
      </div>
    </figure>
  );
}

function Readout({ row }: { row: TokenRow }) {
  const [reward, weight, forgetting, improving] = row.values;
  return (
    <>
      <b className="mono">{row.text}</b> token {row.index + 1}
      {row.verdict && `, ${row.verdict}`}: reward {cellText(reward ?? null)}, weight {cellText(weight ?? null)},
      log-ratio {cellText(forgetting ?? null)} after forgetting, {cellText(improving ?? null)} after improving (id{' '}
      {row.id})
    </>
  );
}

function CopyButton({ rows }: { rows: readonly TokenRow[] }) {
  const [said, setSaid] = useState('');
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(tokensTsv(rows));
      setSaid('Copied.');
    } catch {
      setSaid('The browser did not allow copying. Select the rows of the table instead.');
    }
  };
  return (
    <p className="tokens-copy">
      <button type="button" className="button" onClick={copy}>
        Copy as TSV
      </button>
      <span className="caption" aria-live="polite">
        {said}
      </span>
    </p>
  );
}

function TokenTable({ rows }: { rows: readonly TokenRow[] }) {
  return (
    <details>
      <summary>Show as table</summary>
      <div className="scroll-x">
        <table className="table tokens-table">
          <caption>Every token of this answer</caption>
          <thead>
            <tr>
              {COLUMNS.map((name, i) => (
                <th key={name} scope="col" className={i === 1 || i === 7 ? undefined : 'number'}>
                  {name}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.map((row) => (
              <tr key={row.index}>
                <td className="number">{row.index + 1}</td>
                <th scope="row" className="mono">
                  {row.text}
                </th>
                <td className="number">{row.id}</td>
                {LAYERS.map((layer, i) => (
                  <td key={layer} className="number">
                    {cellText(row.values[i] ?? null)}
                  </td>
                ))}
                <td>{row.verdict ?? '–'}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </details>
  );
}
