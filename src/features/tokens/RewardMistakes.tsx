// The worst mistakes of the rewards, by the way a weighting reads them, listed, each one click away.
import { useState } from 'react';
import { Choice } from '../../components/Choice';
import { formatNumber } from '../../components/format';
import type { TokenText } from '../../components/tokenStripText';
import type { ResponseRecord, RewardRecord } from '../../core/events';
import type { QualityProps } from './RewardQuality';
import { type Mistake, type Mistakes, SUSPECTED, type Suspected } from './rewardQuality';
import { rewardWords } from './rewardWords';
import { VERDICTS } from './tokenLayers';

interface MistakesProps extends Pick<QualityProps, 'responseOf' | 'source' | 'text' | 'onOpen'> {
  mistakesOf: Record<Suspected, Mistakes>;
}

const READINGS: readonly { value: Suspected; label: string }[] = [
  { value: 'low', label: SUSPECTED.low },
  { value: 'high', label: SUSPECTED.high },
];
/** The released script's raw p: a token weighs its reward. */
const RAW_WORDS = {
  missedFirst: 'Where the answer goes wrong, and raw p hardly weighs it.',
  missedConsequence: 'Wrong because of what came before; raw p hardly weighs them.',
  falseAlarm: 'Right tokens that raw p weighs most: forgetting pushes these down.',
};

export function RewardMistakes({ mistakesOf, responseOf, source, text, onOpen }: MistakesProps) {
  const [reading, setReading] = useState<Suspected>('low');
  const words = reading === 'low' ? rewardWords(source) : RAW_WORDS;
  const { firstErrors, consequences, falseAlarms } = mistakesOf[reading];
  const list = (name: string, saying: string, mistakes: readonly Mistake[]) => (
    <section aria-label={name}>
      <h4 className="heading">{name}</h4>
      <p className="caption">{saying}</p>
      {mistakes.length === 0 && <p className="caption">None.</p>}
      <ol className="tokens-mistakes">
        {mistakes.map(({ record, token, reward, verdict }) => (
          <li key={`${record.responseId}:${token}`}>
            <button type="button" className="tokens-mistake" onClick={() => onOpen(record.responseId, token)}>
              “<b className="mono">{wordAt(responseOf, record, token, text)}</b>” p = {formatNumber(reward)},{' '}
              {VERDICTS[verdict]}, answer {record.responseId}, token {token + 1}
            </button>
          </li>
        ))}
      </ol>
    </section>
  );
  return (
    <>
      <Choice<Suspected> label="Mistakes of the weighting" options={READINGS} value={reading} onChange={setReading} />
      <div className="tokens-worst">
        {list('Worst missed first errors', words.missedFirst, firstErrors)}
        {list('Worst missed consequences', words.missedConsequence, consequences)}
        {list('Worst false alarms', words.falseAlarm, falseAlarms)}
      </div>
    </>
  );
}

function wordAt(
  responseOf: ReadonlyMap<number, ResponseRecord>,
  record: RewardRecord,
  token: number,
  text: TokenText,
): string {
  const id = responseOf.get(record.responseId)?.tokens[token];
  return id === undefined ? '?' : text.token(id);
}
