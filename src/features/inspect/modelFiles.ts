// Of a folder that was dropped or chosen: the files that lie with the weights.
import type { PathFile } from '../../components/droppedFiles';

const WEIGHTS = /\.(safetensors|bin|pt|pth)$/i;

/** "" at the top. */
const folderOf = ({ path }: PathFile): string => path.slice(0, Math.max(0, path.lastIndexOf('/')));
const depth = (folder: string): number => (folder === '' ? 0 : folder.split('/').length);

/** The files of the highest folder that holds weights (the first by name of several); where none does, those of the highest folder. */
export function modelFiles(files: readonly PathFile[]): File[] {
  const withWeights = [...new Set(files.filter(({ file }) => WEIGHTS.test(file.name)).map(folderOf))];
  const all = withWeights.length > 0 ? withWeights : [...new Set(files.map(folderOf))];
  const [chosen] = all.sort((a, b) => depth(a) - depth(b) || (a < b ? -1 : 1));
  return files.filter((one) => folderOf(one) === chosen).map(({ file }) => file);
}
