// The models that were downloaded and lie in the browser: opened without a network, or deleted.
import { useEffect, useState } from 'react';
import { formatBytes } from '../../components/format';
import { Icon } from '../../components/icons';
import { type HubModel, storedBytes } from '../../core/files/hubStore';
import { useDeskState, useModelDesk } from '../../state/useModelDesk';

export function CachedModels() {
  const desk = useModelDesk();
  const cached = useDeskState((state) => state.cached);
  const error = useDeskState((state) => state.cacheError);
  const isBusy = useDeskState((state) => state.download.status === 'running');
  useEffect(() => {
    void desk.look();
  }, [desk]);
  if (error) {
    return (
      <p role="alert" className="model-trouble">
        <Icon name="warning" /> {error.message} {error.next}
      </p>
    );
  }
  if (!cached || cached.length === 0) return null;
  return (
    <section className="model-cached" aria-label="Downloaded models">
      <h3 className="caption">
        In this browser, {formatBytes(cached.reduce((sum, one) => sum + storedBytes(one), 0))}
      </h3>
      <ul>
        {cached.map((model) => (
          <CachedModel key={model.key} model={model} isBusy={isBusy} />
        ))}
      </ul>
    </section>
  );
}

function CachedModel({ model, isBusy }: { model: HubModel; isBusy: boolean }) {
  const desk = useModelDesk();
  const [isAsking, setAsking] = useState(false);
  const { id, base, revision, isComplete } = model;
  return (
    <li className="model-cached-row">
      <span className="model-cached-name">
        <strong>{id}</strong>{' '}
        <span className="caption">
          {revision}, from {new URL(base).host}; {formatBytes(storedBytes(model))}
          {isComplete ? '' : ' so far, not complete'}
        </span>
      </span>
      {isAsking ? (
        <>
          <button type="button" className="button" onClick={() => void desk.deleteCached(model)}>
            Delete {formatBytes(storedBytes(model))}
          </button>
          <button type="button" className="button" onClick={() => setAsking(false)}>
            Keep
          </button>
        </>
      ) : (
        <>
          <button
            type="button"
            className="button"
            disabled={isBusy}
            aria-label={isComplete ? `Open ${id}` : `Resume ${id}`}
            onClick={() => void desk.openCached(model)}
          >
            {isComplete ? 'Open' : 'Resume'}
          </button>
          <button
            type="button"
            className="button button-quiet"
            disabled={isBusy}
            aria-label={`Delete ${id}`}
            onClick={() => setAsking(true)}
          >
            Delete
          </button>
        </>
      )}
    </li>
  );
}
