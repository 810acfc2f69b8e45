// The whole glossary with a search: names first, then texts.
import { type ReactNode, useId, useState } from 'react';
import { countOf } from '../format';
import type { GlossaryView } from './entry';
import { Formula, WithSubscripts } from './Formula';
import { entryOf, findTerms, TERM_NAMES } from './terms';
import './glossary.css';

interface ListProps {
  /** How the place where a term is seen is written: as a link to its view. */
  link(view: GlossaryView, text: string): ReactNode;
}

export function GlossaryList({ link }: ListProps) {
  const id = useId();
  const [query, setQuery] = useState('');
  const names = findTerms(query);
  return (
    <div className="glossary">
      <div className="glossary-search">
        <label htmlFor={id}>Find a term</label>
        <input
          id={id}
          type="search"
          className="field-input"
          autoComplete="off"
          spellCheck={false}
          value={query}
          onChange={(event) => setQuery(event.target.value)}
        />
        <span className="caption" role="status">
          {query.trim() === '' ? countOf(TERM_NAMES.length, 'term') : `${names.length} of ${TERM_NAMES.length}`}
        </span>
      </div>
      {names.length === 0 && (
        <p className="caption">No term holds “{query.trim()}”. Try a shorter word, or a symbol such as β.</p>
      )}
      <dl className="glossary-list">
        {names.map((name) => {
          const { label, text, formula, where, view } = entryOf(name);
          return (
            <div key={name} className="glossary-entry">
              <dt>{label}</dt>
              <dd>
                <WithSubscripts text={text} />
                {formula && <Formula text={formula} />}
                <span className="caption glossary-where">Seen in {link(view, where)}</span>
              </dd>
            </div>
          );
        })}
      </dl>
    </div>
  );
}
