// How far the weights of a tensor moved, on a logarithmic axis, selected ones and the others apart, with the mask's threshold.
import { fileInks, PAGE_INKS } from '../../components/charts/chartInks';
import { MarksDrawing } from '../../components/charts/MarksDrawing';
import { type Column, DataTable } from '../../components/DataTable';
import { formatCount, formatNumber } from '../../components/format';
import { PictureButtons } from '../../components/PictureButtons';
import type { MagnitudeHistogram } from '../../core/masks/magnitudeHistogram';
import { histogramMarks, histogramPicture } from './findingCharts';
import type { Subject } from './subject';

const SIZE = { width: 560, height: 64 };

interface Bin {
  from: number;
  to: number;
  selected: number;
  others: number;
}

const COLUMNS: readonly Column<Bin>[] = [
  { head: '|Δθ| from', value: ({ from }) => from, text: ({ from }) => formatNumber(from) },
  { head: 'To', value: ({ to }) => to, text: ({ to }) => formatNumber(to) },
  { head: 'Selected', value: ({ selected }) => selected, text: ({ selected }) => formatCount(selected) },
  { head: 'Not selected', value: ({ others }) => others, text: ({ others }) => formatCount(others) },
];

interface HistogramProps {
  histogram: MagnitudeHistogram;
  threshold: number | null;
  subject: Pick<Subject, 'name' | 'moved'>;
  tensor: string;
}

export function ChangeHistogram({ histogram, threshold, subject, tensor }: HistogramProps) {
  const { edges, selected, others, zeros } = histogram;
  const bins = selected.length;
  const still = formatCount(zeros.selected + zeros.others);
  if (bins === 0) return <p className="caption">None of these weights moved {subject.moved}.</p>;
  const [low, high] = [edges[0]!, edges[bins]!];
  const fileName = `${subject.name}-${tensor}-change`;
  return (
    <div className="neurons-histogram">
      <MarksDrawing
        marks={histogramMarks(histogram, threshold, SIZE, PAGE_INKS)}
        {...SIZE}
        label={`Histogram of |Δθ| from ${formatNumber(low)} to ${formatNumber(high)}`}
        isStretched
      />
      <p className="caption">
        |Δθ| from {formatNumber(low)} to {formatNumber(high)}, logarithmic, heights as square roots
        {threshold !== null && `; line: threshold ${formatNumber(threshold)}`}; {still} weights did not move.
      </p>
      <div className="neurons-controls">
        <PictureButtons
          what="the histogram"
          fileName={fileName}
          make={() => histogramPicture(histogram, threshold, [`${subject.name}, ${tensor}`], fileInks())}
        />
      </div>
      <DataTable
        caption={`How far the weights of ${tensor} moved; ${still} did not`}
        columns={COLUMNS}
        rows={Array.from(selected, (count, i) => ({
          from: edges[i]!,
          to: edges[i + 1]!,
          selected: count,
          others: others[i]!,
        }))}
        fileName={fileName}
      />
    </div>
  );
}
