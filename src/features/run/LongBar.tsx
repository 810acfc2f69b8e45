// How far something long is: a bar, what is being done in words, and a way to give it up.
import { formatBytes, formatCount } from '../../components/format';
import type { LongProgress } from '../../worker/protocol';

interface LongBarProps {
  label: string;
  progress: Pick<LongProgress, 'label' | 'done' | 'total' | 'unit'> | null;
  /** More words behind the numbers. */
  detail?: string;
  onCancel?: () => void;
}

export function LongBar({ label, progress, detail, onCancel }: LongBarProps) {
  const isKnown = progress !== null && progress.total > 0;
  const show = progress?.unit === 'bytes' ? formatBytes : formatCount;
  return (
    <div className="long">
      <p className="long-label">{label}</p>
      <progress
        className="long-bar"
        aria-label={label}
        {...(isKnown && { max: progress.total, value: Math.min(progress.done, progress.total) })}
      />
      <p className="caption long-words">
        {progress?.label ?? 'Beginning'}
        {isKnown && `: ${show(progress.done)} of ${show(progress.total)}`}
        {detail && `. ${detail}`}
      </p>
      {onCancel && (
        <button type="button" className="button" onClick={onCancel}>
          Cancel
        </button>
      )}
    </div>
  );
}
