// The stage's loss as a formula with the numbers of the pinned token (or of that with the largest term), the sign of its gradient in words, and β, τ and ε to try out on this
// answer. What is tried stays on this card: the run does not hear of it.
import { Fragment, type ReactNode, useId } from 'react';
import { formatNumber } from '../../components/format';
import type { Weighting } from '../../core/config';
import type { TokenPlace } from '../../state/tokensChoice';
import { changedSettings, tokenFormula } from './formula';
import { type Inspection, type LossSettings, usesTau } from './inspection';

interface CardProps {
  /** With the settings of the run. */
  real: Inspection;
  /** With the settings of the sliders. */
  tried: Inspection;
  runSettings: LossSettings;
  settings: LossSettings;
  onSettings(settings: LossSettings | null): void;
  /** The token whose numbers are put in; null without a loss. */
  at: TokenPlace | null;
  /** Else it is the token with the largest term. */
  isPinned: boolean;
  /** Its text. */
  tokenText: string | null;
  weighting: Weighting;
}

export function FormulaCard(props: CardProps) {
  const { real, tried, runSettings, settings, at, isPinned, tokenText } = props;
  const id = useId();
  const formula = tokenFormula(tried, at);
  if (!formula || !tried.loss || !real.loss) return null;
  const changed = changedSettings(runSettings, settings);
  return (
    <section className="tokens-formula" aria-labelledby={id}>
      <h3 id={id} className="heading">
        {tried.loss.form === 'npo' ? 'The loss of forgetting' : 'The loss of this pair'}
        {changed && <span className="tokens-whatif">what if: {changed}</span>}
      </h3>
      {formula.general.map(({ text }) => (
        <Formula key={text} text={text} />
      ))}
      {formula.token ? (
        <div className="tokens-substituted" aria-live="polite">
          <p className="caption">
            With the numbers of <b className="mono">{tokenText}</b>
            {!isPinned && ', the token with the largest term (pin another to see its own)'}
            {changed && ' (what if)'}:
          </p>
          {formula.token.substituted.map(({ text }) => (
            <Formula key={text} text={text} />
          ))}
          <p>{formula.token.words}</p>
        </div>
      ) : (
        <p className="caption">Pin a token to put its numbers in.</p>
      )}
      <Sliders {...props} />
      {changed ? (
        <p className="tokens-effect">
          Loss {formatNumber(tried.loss.loss, 4)} instead of {formatNumber(real.loss.loss, 4)}; {countedTokens(tried)}{' '}
          instead of {countedTokens(real)} tokens counted. The run itself goes on with its own settings.{' '}
          <button type="button" className="button" onClick={() => props.onSettings(null)}>
            Reset
          </button>
        </p>
      ) : (
        <p className="caption">Drag to see what other settings would do to this answer. The run is not touched.</p>
      )}
    </section>
  );
}

const countedTokens = ({ sides }: Inspection): number =>
  sides.reduce((sum, { weights }) => sum + Array.from(weights ?? []).filter((weight) => weight > 0).length, 0);

/** "w_t" with its index below. */
function Formula({ text }: { text: string }): ReactNode {
  const parts = text.split(/_([a-z])/);
  return (
    <p className="tokens-math">
      {parts.map((part, i) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a part is its place
        <Fragment key={i}>{i % 2 === 1 ? <sub>{part}</sub> : part}</Fragment>
      ))}
    </p>
  );
}

/** β is chosen on a logarithmic scale. */
const BETA = { least: 0.01, most: 10 } as const;
const betaOf = (position: number): number =>
  Number((BETA.least * (BETA.most / BETA.least) ** (position / 100)).toPrecision(2));
const positionOf = (beta: number): number => (100 * Math.log(beta / BETA.least)) / Math.log(BETA.most / BETA.least);

function Sliders({ settings, runSettings, onSettings, tried, weighting }: CardProps) {
  const isForgetting = tried.loss?.form === 'npo';
  const hasTau = usesTau(weighting);
  return (
    <div className="tokens-sliders">
      <Slider
        label="β"
        text={formatNumber(settings.beta)}
        was={formatNumber(runSettings.beta)}
        min={0}
        max={100}
        step={1}
        value={positionOf(settings.beta)}
        onChange={(position) => onSettings({ ...settings, beta: betaOf(position) })}
      />
      {isForgetting ? (
        <Slider
          label="τ"
          text={formatNumber(settings.tau)}
          was={formatNumber(runSettings.tau)}
          note={hasTau ? undefined : `The weighting “${weighting}” does not use τ.`}
          min={0}
          max={1}
          step={0.01}
          value={settings.tau}
          onChange={(tau) => onSettings({ ...settings, tau })}
        />
      ) : (
        <Slider
          label="ε"
          text={formatNumber(settings.keepShare)}
          was={formatNumber(runSettings.keepShare)}
          min={0.01}
          max={1}
          step={0.01}
          value={settings.keepShare}
          onChange={(keepShare) => onSettings({ ...settings, keepShare })}
        />
      )}
    </div>
  );
}

interface SliderProps {
  label: string;
  text: string;
  was: string;
  note?: string | undefined;
  min: number;
  max: number;
  step: number;
  value: number;
  onChange(value: number): void;
}

function Slider({ label, text, was, note, onChange, ...range }: SliderProps) {
  const id = useId();
  return (
    <div className="tokens-slider">
      <label htmlFor={id}>
        What if {label} = {text}
        {text !== was && <span className="quiet"> (run: {was})</span>}
      </label>
      <input
        id={id}
        type="range"
        {...range}
        aria-valuetext={text}
        disabled={note !== undefined}
        onChange={(event) => onChange(Number(event.target.value))}
      />
      {note && <span className="caption">{note}</span>}
    </div>
  );
}
