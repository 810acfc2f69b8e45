// One saved run: its name, to be changed in place, what is known of it in words, and what can be done with it.
import { type KeyboardEvent, useRef, useState } from 'react';
import { formatBytes } from '../../components/format';
import { Icon } from '../../components/icons';
import { Popover } from '../../components/Popover';
import { saveFile } from '../../components/pictureExport';
import { useNow } from '../../components/useNow';
import { isUnfinished } from '../../state/savedState';
import { isOver } from '../../state/studioState';
import { useSavedState } from '../../state/useSaved';
import { useActiveRun, useStudio } from '../../state/useStudio';
import { bytesOf, type RunHeader } from '../../storage/runRecord';
import { fileName } from './exportRun';
import { ago, reachedText, standText, whatText } from './savedText';

export function SavedRow({ header }: { header: RunHeader }) {
  const { saved } = useStudio();
  const { id, name } = header;
  const [isRenaming, setRenaming] = useState(false);
  const now = useNow(15_000);
  const isWorking = useSavedState((state) => state.working !== null);
  const isHere = useIsHere(id);
  const isElsewhere = useSavedState((state) => state.elsewhere[id] === true);
  const last = header.saves[0]!;
  const facts = [
    isHere ? 'In this tab' : isElsewhere ? 'In another tab' : '',
    standText(header),
    reachedText(header.glance),
    whatText(header.config),
    `saved ${ago(now - last.savedAt)}`,
    formatBytes(bytesOf(header)),
  ];
  const act = { disabled: isWorking };
  const actions = useRef<HTMLDivElement>(null);
  const endRenaming = (isByKey: boolean): void => {
    // Back to where it was asked for.
    if (isByKey) actions.current?.querySelector<HTMLElement>('.popover button')?.focus();
    setRenaming(false);
  };
  return (
    <li className="saved-row">
      <div className="saved-what">
        {isRenaming ? <NameField header={header} onEnd={endRenaming} /> : <p className="saved-name">{name}</p>}
        <p className="caption">{facts.filter((fact) => fact !== '').join(' · ')}</p>
        {header.lineage && <p className="caption">A copy of {header.lineage.name}.</p>}
      </div>
      <div ref={actions} className="saved-actions">
        {!isHere && !isElsewhere && isUnfinished(header) && (
          <button
            type="button"
            className="button"
            {...act}
            aria-label={`Continue ${name}`}
            title="Goes on training exactly where it was"
            onClick={() => void shown(saved.continueRun(id))}
          >
            <Icon name="play" />
            Continue
          </button>
        )}
        <button
          type="button"
          className="button"
          {...act}
          aria-label={`${isElsewhere ? 'Watch' : 'Open'} ${name}`}
          onClick={() => void shown(saved.open(id))}
        >
          {isElsewhere ? 'Watch' : 'Open'}
        </button>
        <Popover label={`More for ${name}`} className="button button-quiet" trigger={<>More</>}>
          {(close) => (
            <More {...{ header, isHere, isElsewhere, isWorking, close }} onRename={() => setRenaming(true)} />
          )}
        </Popover>
      </div>
    </li>
  );
}

/** What is shown then begins above the list. */
async function shown(work: Promise<void>): Promise<void> {
  await work;
  window.scrollTo(0, 0);
}

/** The worker of this tab has it in hand. */
function useIsHere(id: string): boolean {
  const active = useActiveRun();
  const linked = useSavedState((state) => (active ? state.links[active.id]?.id : undefined));
  return linked === id && active !== null && !isOver(active.phase);
}

interface MoreProps {
  header: RunHeader;
  isHere: boolean;
  isElsewhere: boolean;
  isWorking: boolean;
  close(): void;
  onRename(): void;
}

function More({ header: { id, name }, isHere, isElsewhere, isWorking, close, onRename }: MoreProps) {
  const { saved } = useStudio();
  const exportIt = async (): Promise<void> => {
    const file = await saved.exportRun(id);
    if (file) saveFile(file, `${fileName(name)}.allo.zip`);
  };
  const item = (text: string, work: () => unknown, isOff = isWorking) => (
    <li>
      <button
        type="button"
        className="button button-quiet saved-item"
        disabled={isOff}
        onClick={() => {
          close();
          void work();
        }}
      >
        {text}
      </button>
    </li>
  );
  return (
    <ul className="saved-more">
      {item('Rename', onRename)}
      {item('Compare in Curves', () => saved.compare(id))}
      {item('Duplicate', () => saved.duplicate(id))}
      {item('Export as a file', exportIt)}
      {item(
        isHere ? 'Delete (stop it first)' : isElsewhere ? 'Delete (stop it in its tab first)' : 'Delete',
        () => saved.remove(id),
        isWorking || isHere || isElsewhere,
      )}
    </ul>
  );
}

/** Enter and leaving keep the name, Escape does not. */
function NameField({ header: { id, name }, onEnd }: { header: RunHeader; onEnd(isByKey: boolean): void }) {
  const { saved } = useStudio();
  const [text, setText] = useState(name);
  const isOver = useRef(false);
  const end = (isKept: boolean, isByKey: boolean): void => {
    // That the focus goes on is one more reason to end.
    if (isOver.current) return;
    isOver.current = true;
    onEnd(isByKey);
    if (isKept) void saved.rename(id, text);
  };
  const onKey = (event: KeyboardEvent): void => {
    if (event.key !== 'Enter' && event.key !== 'Escape') return;
    // Else the same Enter would press the button that has the focus next.
    event.preventDefault();
    end(event.key === 'Enter', true);
  };
  return (
    <input
      className="saved-rename"
      aria-label={`New name of ${name}`}
      // biome-ignore lint/a11y/noAutofocus: it stands where the name was that somebody wants to change
      autoFocus
      maxLength={60}
      value={text}
      onChange={(event) => setText(event.currentTarget.value)}
      onFocus={(event) => event.currentTarget.select()}
      onKeyDown={onKey}
      onBlur={() => end(true, false)}
    />
  );
}
