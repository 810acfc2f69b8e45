// Masks and changes as files, and masks from files. What of a file does not fit is a table.

import { useId, useState } from 'react';
import { namedPlainly } from '../../components/droppedFiles';
import { formatCount } from '../../components/format';
import { saveFile } from '../../components/pictureExport';
import { ScrollX } from '../../components/ScrollX';
import { useAtlasClient } from '../../state/atlasContext';
import type { AtlasQuestion, ImportedMask, MaskRef } from '../../worker/atlasProtocol';
import { SaveMask } from './SaveMask';

interface InOutProps {
  runId: string;
  mask: MaskRef | null;
  /** What the mask is called in file names. */
  name: string;
  hasUpdate: boolean;
}

export function InOut({ runId, mask, name, hasUpdate }: InOutProps) {
  const atlas = useAtlasClient();
  const inputId = useId();
  const [said, setSaid] = useState<string | null>(null);
  const [opened, setOpened] = useState<{ fileName: string; result: ImportedMask } | null>(null);
  const fail = (error: unknown) => setSaid(error instanceof Error ? error.message : String(error));
  const save = async (question: Extract<AtlasQuestion, { type: 'export' }>, fileName: string) => {
    try {
      setSaid(null);
      const bytes = await atlas.ask(question);
      saveFile(new Blob([bytes]), fileName);
    } catch (error) {
      fail(error);
    }
  };
  const open = async (file: File) => {
    try {
      setSaid(null);
      setOpened(null);
      const result = await atlas.ask({ type: 'import', runId, fileName: file.name, file: await file.arrayBuffer() });
      setOpened({ fileName: file.name, result });
    } catch (error) {
      fail(error);
    }
  };
  return (
    <section className="neurons-panel" aria-labelledby="neurons-files">
      <h3 id="neurons-files" className="heading">
        In and out
      </h3>
      <div className="neurons-controls">
        {mask && <SaveMask mask={mask} name={name} onSaid={setSaid} />}
        {hasUpdate && (
          <button
            type="button"
            className="button"
            onClick={() => void save({ type: 'export', what: 'update', runId }, `${name}.change.safetensors`)}
          >
            Save change θ′ − θ
          </button>
        )}
        <label htmlFor={inputId} className="neurons-file">
          Open a mask file (safetensors)
          <input
            id={inputId}
            type="file"
            accept=".safetensors"
            onChange={(event) => {
              const file = event.target.files?.[0];
              if (file) void open(namedPlainly(file));
              event.target.value = '';
            }}
          />
        </label>
      </div>
      {said && <p role="alert">{said}</p>}
      {opened && <Imported {...opened} />}
    </section>
  );
}

function Imported({ fileName, result }: { fileName: string; result: ImportedMask }) {
  const { fileId, selected, total, mismatches } = result;
  return (
    <>
      <p role="status">
        {fileId
          ? `${fileName}: ${formatCount(selected)} of ${formatCount(total)} weights selected. It can now be chosen as A or B under Agreement.`
          : `${fileName} has no tensor of this model: nothing was taken.`}
      </p>
      {mismatches.length > 0 && (
        <ScrollX name={`What of ${fileName} does not fit`}>
          <table className="table">
            <caption>What of {fileName} does not fit</caption>
            <thead>
              <tr>
                <th scope="col">Tensor</th>
                <th scope="col">Problem</th>
                <th scope="col">Expected</th>
                <th scope="col">Found</th>
                <th scope="col">What was found</th>
              </tr>
            </thead>
            <tbody>
              {mismatches.map((row) => (
                <tr key={`${row.name} ${row.problem}`}>
                  <th scope="row" className="mono">
                    {row.name}
                  </th>
                  <td>{row.problem}</td>
                  <td>{row.expected?.join(' × ') ?? '–'}</td>
                  <td>{row.found?.join(' × ') ?? '–'}</td>
                  <td>{row.detail}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </ScrollX>
      )}
    </>
  );
}
