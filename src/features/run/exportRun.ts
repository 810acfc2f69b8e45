// A shown run as a file for the visitor to keep.
import { saveFile } from '../../components/pictureExport';
import type { RunState } from '../../state/runState';
import type { Studio } from '../../state/studioActions';

/** A run's name as a file's. */
export const fileName = (name: string): string => name.replaceAll(/[^\w-]+/g, '-');

/** Nothing happens where it could not be made, which is told. */
export async function exportRun({ bundles }: Pick<Studio, 'bundles'>, run: RunState): Promise<void> {
  const file = await bundles.save(run.id, new Date());
  if (file) saveFile(file, `${fileName(run.name)}.allo.zip`);
}
