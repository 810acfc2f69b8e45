// The frame of a picture: its heading with the same four quiet controls everywhere (table, copy link, files, full screen), the picture,
// and the table behind it. What the picture is does not matter here.
import { type ReactNode, useRef, useState } from 'react';
import { type Column, NumberTable, tableCsv } from '../DataTable';
import { Icon, type IconName } from '../icons';
import { PictureButtons } from '../PictureButtons';
import { Popover } from '../Popover';
import { saveFile } from '../pictureExport';
import type { Picture } from '../pictureLayout';
import { useAddressed } from './useAddressed';
import { useFullScreen } from './useFullScreen';
import './figureFrame.css';

export interface FigureTable<Row> {
  caption: string;
  columns: readonly Column<Row>[];
  /** What the page shows: as many rows as one reads. */
  rows(): readonly Row[];
  /** What the CSV holds. */
  allRows(): readonly Row[];
  rowKey(row: Row): string;
}

interface FrameProps<Row> {
  /** Accessible name and heading. */
  name: string;
  /** Behind the name: what is measured, with its unit. */
  unit?: ReactNode;
  /** Under the heading: the latest value, controls of this picture. */
  aside?: ReactNode;
  /** Without ending. */
  fileName: string;
  /** null while there is nothing to show; so with `picture`. */
  table: FigureTable<Row> | null;
  picture: (() => Picture | Promise<Picture>) | null;
  /** The address that shows this picture. */
  link(): string;
  /** In that address, behind the hash. */
  id: string;
  children: ReactNode;
}

export function FigureFrame<Row>(props: FrameProps<Row>) {
  const { name, unit, aside, fileName, table, picture, link, id, children } = props;
  const figure = useRef<HTMLElement>(null);
  const [isTableOpen, setTableOpen] = useState(false);
  const full = useFullScreen(figure);
  const isAddressed = useAddressed(figure, id);
  return (
    <figure
      ref={figure}
      id={id}
      className="frame"
      aria-label={name}
      aria-current={isAddressed ? 'location' : undefined}
      data-full={full.isFull || undefined}
    >
      <figcaption className="frame-head">
        <span className="frame-name">
          {name} {unit && <span className="frame-unit">{unit}</span>}
        </span>
        {/* biome-ignore lint/a11y/useSemanticElements: a fieldset is for what is filled in */}
        <span className="frame-tools" role="group" aria-label={`${name}: table, link, files, full screen`}>
          <Tool
            icon="table"
            label={isTableOpen ? 'Hide the table' : 'Show as table'}
            of={name}
            isPressed={isTableOpen}
            isDisabled={!table}
            onClick={() => setTableOpen(!isTableOpen)}
          />
          <CopyLink name={name} link={link} />
          {picture && table ? (
            <Popover label={`Save ${name}`} trigger={<Icon name="save" />} className="frame-tool">
              {() => (
                <div className="frame-files">
                  <PictureButtons what={name} fileName={fileName} make={picture} />
                  <CsvButton name={name} fileName={fileName} table={table} />
                </div>
              )}
            </Popover>
          ) : (
            <Tool icon="save" label="Save" of={name} isDisabled onClick={() => {}} />
          )}
          <Tool
            icon={full.isFull ? 'close' : 'full'}
            label={full.isFull ? 'Leave full screen' : 'Full screen'}
            of={name}
            isPressed={full.isFull}
            onClick={full.toggle}
          />
        </span>
      </figcaption>
      {aside && <div className="frame-aside">{aside}</div>}
      {children}
      {isTableOpen && table && (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
        <section className="frame-table" aria-label={`${name}, table`} tabIndex={0}>
          <NumberTable caption={table.caption} columns={table.columns} rows={table.rows()} rowKey={table.rowKey} />
        </section>
      )}
    </figure>
  );
}

interface ToolProps {
  icon: IconName;
  label: string;
  /** Whose tool it is, for its name. */
  of: string;
  isPressed?: boolean;
  isDisabled?: boolean;
  onClick(): void;
}

function Tool({ icon, label, of, isPressed, isDisabled = false, onClick }: ToolProps) {
  return (
    <button
      type="button"
      className="frame-tool"
      aria-label={`${label}: ${of}`}
      title={label}
      aria-expanded={icon === 'table' ? isPressed : undefined}
      disabled={isDisabled}
      onClick={onClick}
    >
      <Icon name={icon} />
    </button>
  );
}

/** Says that it has copied, or shows the address where the browser refuses. */
function CopyLink({ name, link }: { name: string; link(): string }) {
  const [said, setSaid] = useState('');
  const copy = async () => {
    const address = link();
    try {
      await navigator.clipboard.writeText(address);
      setSaid('Link copied');
    } catch {
      setSaid(address);
    }
    setTimeout(() => setSaid(''), 4000);
  };
  return (
    <>
      <Tool icon="link" label="Copy link" of={name} onClick={() => void copy()} />
      <span className="frame-said" aria-live="polite" hidden={!said}>
        {said}
      </span>
    </>
  );
}

function CsvButton<Row>({ name, fileName, table }: { name: string; fileName: string; table: FigureTable<Row> }) {
  const save = () => {
    const text = tableCsv(table.columns, table.allRows());
    saveFile(new Blob([text], { type: 'text/csv' }), `${fileName.replace(/[^\w.]+/g, '-')}.csv`);
  };
  return (
    <button type="button" className="button" aria-label={`Save ${name} as CSV`} onClick={save}>
      CSV
    </button>
  );
}
