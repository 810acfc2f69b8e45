// A model from a hub that the person names. Closed and silent until somebody opens it and presses Download.
import { type FormEvent, useId, useState } from 'react';
import { duration } from '../../components/duration';
import { formatBytes } from '../../components/format';
import { Icon } from '../../components/icons';
import type { HubProgress } from '../../core/files/hub';
import type { Download } from '../../state/modelDesk';
import { useDeskState, useModelDesk } from '../../state/useModelDesk';
import { LongBar } from './LongBar';

export function HubForm() {
  const desk = useModelDesk();
  const id = useId();
  const remembered = useDeskState((state) => state.base);
  const download = useDeskState((state) => state.download);
  const [base, setBase] = useState(remembered);
  const [model, setModel] = useState('');
  const [revision, setRevision] = useState('');
  const [isOpen, setOpen] = useState(false);
  const isRunning = download.status === 'running';
  const submit = (event: FormEvent) => {
    event.preventDefault();
    void desk.download(base, model, revision);
  };
  return (
    <details
      className="model-hub"
      open={isOpen || download.status !== 'none'}
      onToggle={(event) => setOpen(event.currentTarget.open)}
    >
      <summary>Download from a hub or mirror</summary>
      <form className="model-form" onSubmit={submit}>
        <p className="caption" id={`${id}-about`}>
          Off until you press Download; then the files are fetched from this address (or where it redirects to), kept in
          this browser, and can be opened without a network. Layout: {'{base}/{id}/resolve/{revision}/{file}'}.
        </p>
        <label className="model-field">
          Base address
          <input
            className="field-input"
            type="text"
            inputMode="url"
            autoComplete="off"
            spellCheck={false}
            placeholder="https://your-hub.example"
            aria-describedby={`${id}-about`}
            value={base}
            onChange={(event) => setBase(event.target.value)}
          />
        </label>
        <label className="model-field">
          Model id or address
          <input
            className="field-input"
            type="text"
            autoComplete="off"
            spellCheck={false}
            placeholder="owner/name"
            value={model}
            onChange={(event) => setModel(event.target.value)}
          />
        </label>
        <label className="model-field">
          Revision
          <input
            className="field-input"
            type="text"
            autoComplete="off"
            spellCheck={false}
            placeholder="main"
            value={revision}
            onChange={(event) => setRevision(event.target.value)}
          />
        </label>
        <button type="submit" className="button" disabled={isRunning || model.trim() === ''}>
          Download
        </button>
      </form>
      {download.status !== 'none' && <DownloadState download={download} />}
    </details>
  );
}

function DownloadState({ download }: { download: Exclude<Download, { status: 'none' }> }) {
  const desk = useModelDesk();
  if (download.status === 'failed') {
    return (
      <div className="model-trouble">
        <p role="alert">
          <Icon name="warning" /> {download.error.message}
        </p>
        <p className="quiet">{download.error.next}</p>
        <button type="button" className="button" onClick={desk.dismissDownload}>
          Dismiss
        </button>
      </div>
    );
  }
  const { progress } = download;
  return (
    <LongBar
      label={`Downloading ${download.id}`}
      progress={
        progress && { label: phaseWords(progress), done: progress.bytes, total: progress.total ?? 0, unit: 'bytes' }
      }
      detail={progress ? paceWords(progress) : undefined}
      onCancel={desk.cancelDownload}
    />
  );
}

function phaseWords({ phase, file, host, retrySeconds }: HubProgress): string {
  switch (phase) {
    case 'asking':
      return `Asking ${host} for ${file}`;
    case 'downloading':
      return `${file} from ${host}`;
    case 'waiting':
      return `${host} broke off; trying again in ${duration(retrySeconds ?? 1)}`;
  }
}

function paceWords({ bytesPerSecond, secondsLeft }: HubProgress): string | undefined {
  if (bytesPerSecond === null) return undefined;
  const speed = `${formatBytes(bytesPerSecond)} a second`;
  return secondsLeft === null ? speed : `${speed}, ${duration(secondsLeft)} left`;
}
