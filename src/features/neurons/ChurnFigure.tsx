// How early in the warm-up the lab's mask is settled: the final mask's weights that each step's mask already holds, beside chance.
import { lazy, Suspense } from 'react';
import { fileInks } from '../../components/charts/chartInks';
import { type Column, DataTable } from '../../components/DataTable';
import { formatNumber, formatShare } from '../../components/format';
import { PictureButtons } from '../../components/PictureButtons';
import type { ChurnPoint } from '../../core/masks/churn';
import type { AtlasQuestion } from '../../worker/atlasProtocol';
import { churnPicture } from './findingCharts';
import { labTitle } from './maskText';
import { useAnswer } from './useAtlas';
import '../../components/charts/charts.css';

const ChurnDrawing = lazy(() => import('./ChurnDrawing'));

const HEIGHT = 160;

const COLUMNS: readonly Column<ChurnPoint>[] = [
  { head: 'Warm-up step', value: ({ step }) => step, text: ({ step }) => step },
  {
    head: 'Of the final mask',
    value: ({ shareOfFinal }) => shareOfFinal,
    text: ({ shareOfFinal }) => formatShare(shareOfFinal),
  },
  { head: 'By chance', value: ({ chanceShare }) => chanceShare, text: ({ chanceShare }) => formatShare(chanceShare) },
  {
    head: 'IoU with the step before',
    value: ({ iouWithPrevious }) => iouWithPrevious,
    text: ({ iouWithPrevious }) => formatNumber(iouWithPrevious),
  },
];

interface FigureProps {
  question: Extract<AtlasQuestion, { type: 'churn' }>;
  runName: string;
}

export function ChurnFigure({ question, runName }: FigureProps) {
  const { value, error } = useAnswer(question, 'churn');
  if (error) return <p role="alert">{error}</p>;
  if (!value || value.length === 0) return null;
  const fileName = `${runName}-churn`;
  const where = [runName, labTitle(question.options)];
  return (
    <>
      <figure className="chart neurons-churn" aria-label="Churn along the warm-up">
        <figcaption className="caption">
          How early the lab's mask is settled: the share of the final mask that is already selected, and by chance.
        </figcaption>
        <div className="chart-drawing" style={{ height: HEIGHT }}>
          <Suspense fallback={null}>
            <ChurnDrawing points={value} height={HEIGHT} />
          </Suspense>
        </div>
      </figure>
      <div className="neurons-controls">
        <PictureButtons what="the churn" fileName={fileName} make={() => churnPicture(value, where, fileInks())} />
      </div>
      <DataTable
        caption="How early the lab's mask is settled: the final mask's weights that are already in it"
        columns={COLUMNS}
        rows={value}
        fileName={fileName}
      />
    </>
  );
}
