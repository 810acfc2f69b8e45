// One model's answer: verdict, tokens with their probability, and what else the model might have said at a token.
import { useState } from 'react';
import { countOf, formatNumber } from '../../components/format';
import { ScrollX } from '../../components/ScrollX';
import { type StripToken, TokenStrip } from '../../components/TokenStrip';
import type { GeneratedAnswer, GeneratedToken } from '../../worker/protocol';
import { answerLogp, probabilityText } from './tryText';

interface AnswerColumnProps {
  name: string;
  side: 'before' | 'after';
  answer: GeneratedAnswer;
  differs: readonly boolean[];
}

export function AnswerColumn({ name, side, answer, differs }: AnswerColumnProps) {
  const [pinned, setPinned] = useState<number | null>(null);
  const [active, setActive] = useState<number | null>(null);
  const tokens = answer.tokens.map(
    (token, i): StripToken => ({
      text: token.text,
      mark: differs[i] ? 'differs' : 'none',
      bar: token.probability,
      detail: `probability ${probabilityText(token.probability)}${differs[i] ? ', differs' : ''}`,
    }),
  );
  // With nothing pointed at, the first token that differs is the interesting one.
  const token = answer.tokens[active ?? pinned ?? differs.indexOf(true)];
  return (
    <figure className={`try-column try-${side}`} aria-label={`${name} answer`}>
      <figcaption className="try-column-head">
        <h3 className="heading">{name}</h3>
        <VerdictSign correct={answer.correct} />
      </figcaption>
      {tokens.length > 0 ? (
        <TokenStrip
          label={`${name} answer, token by token`}
          tokens={tokens}
          pinned={pinned}
          onPin={setPinned}
          onActive={setActive}
          size="small"
        />
      ) : (
        <p className="quiet">The model ended at once: an empty answer.</p>
      )}
      <p className="caption">
        {countOf(tokens.length, 'token')}, log p {formatNumber(answerLogp(answer))} nats
      </p>
      <div className="try-alternatives" aria-live="polite">
        {token ? (
          <Alternatives token={token} />
        ) : (
          <p className="caption">Point at a token to see what else the model might have said; click pins it.</p>
        )}
      </div>
      <AnswerTable name={name} answer={answer} />
    </figure>
  );
}

function VerdictSign({ correct }: { correct: boolean | null }) {
  if (correct === null) return <span className="try-verdict quiet">no known answer</span>;
  return (
    <span className={correct ? 'try-verdict try-right' : 'try-verdict try-wrong'}>
      {correct ? '✓ right' : '✕ wrong'}
    </span>
  );
}

function Alternatives({ token }: { token: GeneratedToken }) {
  return (
    <table className="try-top">
      <caption className="caption">
        In the place of <b className="mono">{token.text}</b>
      </caption>
      <tbody>
        {token.top.map((one) => (
          <tr key={one.text} className={one.text === token.text ? 'try-said' : undefined}>
            <th scope="row" className="mono">
              {one.text}
            </th>
            <td className="try-top-bar">
              <span style={{ width: `${one.probability * 100}%` }} />
            </td>
            <td className="number">{probabilityText(one.probability)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function AnswerTable({ name, answer }: { name: string; answer: GeneratedAnswer }) {
  return (
    <details>
      <summary>Show as table</summary>
      <ScrollX name={`${name} answer`}>
        <table className="table try-table">
          <thead>
            <tr>
              <th scope="col" className="number">
                token
              </th>
              <th scope="col">text</th>
              <th scope="col" className="number">
                probability
              </th>
              <th scope="col">best alternatives</th>
            </tr>
          </thead>
          <tbody>
            {answer.tokens.map((token, i) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: a token is its position
              <tr key={i}>
                <td className="number">{i + 1}</td>
                <th scope="row" className="mono">
                  {token.text}
                </th>
                <td className="number">{probabilityText(token.probability)}</td>
                <td>
                  {token.top
                    .filter((one) => one.text !== token.text)
                    .slice(0, 3)
                    .map((one) => `${one.text} ${probabilityText(one.probability)}`)
                    .join(', ')}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </ScrollX>
    </details>
  );
}
