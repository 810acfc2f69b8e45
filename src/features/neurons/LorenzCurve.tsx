// How concentrated the change is: the share of the squared update in the most changed weights, against equal changes.
import { fileInks, PAGE_INKS } from '../../components/charts/chartInks';
import { MarksDrawing } from '../../components/charts/MarksDrawing';
import { type Column, DataTable } from '../../components/DataTable';
import { formatShare } from '../../components/format';
import { PictureButtons } from '../../components/PictureButtons';
import type { Concentration } from '../../core/masks/concentration';
import { concentrationSentence, lorenzMarks, lorenzPicture } from './findingCharts';

const SIZE = { width: 120, height: 120 };

interface CurvePoint {
  weights: number;
  update: number;
}

const COLUMNS: readonly Column<CurvePoint>[] = [
  { head: 'Most changed weights', value: ({ weights }) => weights, text: ({ weights }) => formatShare(weights) },
  { head: 'Share of Σ Δ²', value: ({ update }) => update, text: ({ update }) => formatShare(update) },
];

export function LorenzCurve({ curve, runName }: { curve: Concentration; runName: string }) {
  const sentence = concentrationSentence(curve);
  const fileName = `${runName}-concentration`;
  return (
    <>
      <figure className="neurons-lorenz" aria-label="Concentration of the change">
        <MarksDrawing marks={lorenzMarks(curve, SIZE, PAGE_INKS)} {...SIZE} label={`Lorenz curve. ${sentence}`} />
        <figcaption className="caption">
          {sentence} Across: share of the weights, most changed first. Up: share of Σ Δ². Straight line: all changes
          alike.
        </figcaption>
      </figure>
      <div className="neurons-controls">
        <PictureButtons
          what="the Lorenz curve"
          fileName={fileName}
          make={() => lorenzPicture(curve, [runName], fileInks())}
        />
      </div>
      <DataTable
        caption="Share of the squared change in the most changed weights"
        columns={COLUMNS}
        rows={Array.from(curve.weightShare, (weights, i) => ({ weights, update: curve.updateShare[i]! }))}
        fileName={fileName}
      />
    </>
  );
}
