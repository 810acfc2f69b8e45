// What is wrong with single lines of a file: the first few, with their fields, and more when asked for. Nothing where nothing is wrong.
import { useState } from 'react';
import type { ImportProblem } from '../core/data/importRecord';
import { countOf, formatCount } from './format';
import { Icon } from './icons';
import './problems.css';

const SHOWN_PROBLEMS = 8;

interface ProblemsProps {
  /** What `line` counts. */
  unit: 'line' | 'row';
  problems: readonly ImportProblem[];
  problemCount: number;
}

export function Problems({ unit, problems, problemCount }: ProblemsProps) {
  const [all, setAll] = useState(false);
  if (problemCount === 0) return null;
  const shown = all ? problems : problems.slice(0, SHOWN_PROBLEMS);
  return (
    <div className="problems">
      <p>
        <Icon name="warning" /> {countOf(problemCount, unit)} could not be used:
      </p>
      <ul>
        {shown.map(({ line, field, message }) => (
          <li key={`${line} ${field} ${message}`}>
            {line > 0 && (
              <strong>
                {unit === 'line' ? 'Line' : 'Row'} {formatCount(line)}
              </strong>
            )}
            {field !== null && <span className="mono"> {field}</span>}
            {line > 0 || field !== null ? ': ' : ''}
            {message}
          </li>
        ))}
      </ul>
      {!all && problems.length > SHOWN_PROBLEMS && (
        <button type="button" className="button" onClick={() => setAll(true)}>
          Show {formatCount(problems.length - SHOWN_PROBLEMS)} more
        </button>
      )}
      {all && problemCount > problems.length && (
        <p className="caption">And {formatCount(problemCount - problems.length)} more.</p>
      )}
    </div>
  );
}
