// The worst mistakes of the rewards, listed, each one click away.
import { formatNumber } from '../../components/format';
import type { TokenText } from '../../components/tokenStripText';
import type { ResponseRecord, RewardRecord } from '../../core/events';
import type { QualityProps } from './RewardQuality';
import type { Mistake, Mistakes } from './rewardQuality';
import { rewardWords } from './rewardWords';
import { VERDICTS } from './tokenLayers';

interface MistakesProps extends Pick<QualityProps, 'responseOf' | 'source' | 'text' | 'onOpen'> {
  mistakes: Mistakes;
}

export function RewardMistakes({ mistakes, responseOf, source, text, onOpen }: MistakesProps) {
  const words = rewardWords(source);
  const { firstErrors, consequences, falseAlarms } = mistakes;
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
    <div className="tokens-worst">
      {list('Worst missed first errors', words.missedFirst, firstErrors)}
      {list('Worst missed consequences', words.missedConsequence, consequences)}
      {list('Worst false alarms', words.falseAlarm, falseAlarms)}
    </div>
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
