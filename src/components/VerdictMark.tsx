// A verdict by sign and word, not by how loud it is.
import type { Verdict } from '../core/study/experiment';
import './verdictMark.css';

const SIGNS: Record<Verdict, string> = {
  reproduced: '✓',
  'not reproduced': '✕',
  'too close to call': '≈',
  'not measured': '–',
};

export function VerdictMark({ verdict }: { verdict: Verdict | null }) {
  return (
    <span className="verdict-mark" data-verdict={verdict ?? undefined}>
      <span aria-hidden="true">{verdict ? SIGNS[verdict] : '…'}</span> {verdict ?? 'being judged'}
    </span>
  );
}
