// What is dropped anywhere on the page is opened: a model's folder or files (and data beside them), weights alone in Inspect, a run bundle, otherwise data or
// records. While it hovers, the page says so. Places of a view that take files themselves go first.
import { useEffect, useState } from 'react';
import {
  dataBeside,
  droppedFiles,
  hasFolder,
  isModelFiles,
  isWeightsAlone,
  namedPlainly,
} from '../components/droppedFiles';
import { useModelDesk } from '../state/useModelDesk';
import { useStudio } from '../state/useStudio';

const hasFiles = (event: DragEvent): boolean => event.dataTransfer?.types.includes('Files') ?? false;

export function DropTarget() {
  const studio = useStudio();
  const desk = useModelDesk();
  const [hovering, setHovering] = useState(false);
  useEffect(() => {
    const over = (event: DragEvent) => {
      if (!hasFiles(event)) return;
      // A place of the view takes it (Inspect).
      const isTaken = event.defaultPrevented;
      event.preventDefault();
      setHovering(!isTaken);
    };
    const leave = (event: DragEvent) => {
      if (event.relatedTarget === null) setHovering(false);
    };
    const drop = (event: DragEvent) => {
      if (!hasFiles(event)) return;
      const isTaken = event.defaultPrevented;
      event.preventDefault();
      setHovering(false);
      if (isTaken) return;
      const { dataTransfer } = event;
      const first = dataTransfer?.files[0];
      if (!dataTransfer || !first) return;
      const file = namedPlainly(first);
      const names = Array.from(dataTransfer.files, ({ name }) => name);
      const hasModel = hasFolder(dataTransfer) || (isModelFiles(names) && !isWeightsAlone(names));
      if (hasModel || (isModelFiles(names) && desk.store.getState().isOpen)) {
        studio.setView('run');
        void droppedFiles(dataTransfer).then(async (files) => {
          await desk.openFiles(files);
          const data = dataBeside(files);
          if (data) await studio.importFile(data);
        });
      } else if (isWeightsAlone(names)) {
        studio.setView('inspect');
        const files = droppedFiles(dataTransfer);
        // Loaded with its view.
        void import('./inspectHome').then(async ({ inspectOf }) => inspectOf(studio).place(await files, null));
      } else if (file.name.toLowerCase().endsWith('.zip')) void studio.bundles.open({ name: file.name, blob: file });
      else void studio.importFile(file);
    };
    document.addEventListener('dragover', over);
    document.addEventListener('dragleave', leave);
    document.addEventListener('drop', drop);
    return () => {
      document.removeEventListener('dragover', over);
      document.removeEventListener('dragleave', leave);
      document.removeEventListener('drop', drop);
    };
  }, [studio, desk]);
  return hovering ? (
    <div className="drop-veil" aria-hidden="true">
      <p className="title">
        Drop data or records (JSONL, JSON, CSV or Parquet), a model folder, checkpoints, masks or a saved run
      </p>
    </div>
  ) : null;
}
