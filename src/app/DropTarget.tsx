// A file dropped anywhere on the page is imported, a run bundle opened; while it hovers, the page says so. Places of a view that take files themselves go first.
import { useEffect, useState } from 'react';
import { blobSource } from '../core/files/byteSource';
import { useStudio } from '../state/useStudio';

const hasFiles = (event: DragEvent): boolean => event.dataTransfer?.types.includes('Files') ?? false;

export function DropTarget() {
  const studio = useStudio();
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
      const file = event.dataTransfer?.files[0];
      if (file?.name.toLowerCase().endsWith('.zip')) void studio.bundles.open(blobSource(file.name, file));
      else if (file) void studio.importFile(file);
    };
    document.addEventListener('dragover', over);
    document.addEventListener('dragleave', leave);
    document.addEventListener('drop', drop);
    return () => {
      document.removeEventListener('dragover', over);
      document.removeEventListener('dragleave', leave);
      document.removeEventListener('drop', drop);
    };
  }, [studio]);
  return hovering ? (
    <div className="drop-veil" aria-hidden="true">
      <p className="title">Drop a JSONL file or a saved run to look at it</p>
    </div>
  ) : null;
}
