// The matrix as it stands, as a PNG or SVG file with its axes and colours.
import { type RefObject, useState } from 'react';
import type { Colouring } from '../../components/matrix/colouring';
import { cssColour } from '../../components/matrix/colourMaps';
import type { MatrixHandle } from '../../components/matrix/MatrixView';
import { type MatrixAxis, readInk } from '../../components/matrix/matrixAxes';
import { matrixPicture } from '../../components/matrix/matrixPicture';
import { pictureAsPng, pictureAsSvg, saveFile } from '../../components/pictureExport';

interface ButtonsProps {
  handle: RefObject<MatrixHandle | null>;
  title: string;
  axes: { rows: MatrixAxis; columns: MatrixAxis };
  colouring: Colouring;
  /** What the colours measure. */
  label: string;
}

export function PictureButtons({ handle, title, axes, colouring, label }: ButtonsProps) {
  const [problem, setProblem] = useState<string | null>(null);
  const save = async (kind: 'png' | 'svg') => {
    try {
      setProblem(null);
      const capture = await handle.current!.capture();
      const names = colouring.type === 'categories' ? categoryNames(colouring.colours.length) : [];
      const picture = matrixPicture({
        ...{ title, capture, colouring },
        ...{ notes: [], rowAxis: axes.rows, columnAxis: axes.columns, scaleLabel: label, outside: null },
        swatches:
          colouring.type === 'categories'
            ? colouring.colours.map((colour, i) => ({ colour: cssColour(colour), text: names[i]! }))
            : [],
        ink: readInk(),
      });
      const file = kind === 'png' ? await pictureAsPng(picture, capture.image) : pictureAsSvg(picture, capture.image);
      saveFile(file, `${title.replace(/[^\w.]+/g, '-')}.${kind}`);
    } catch (error) {
      setProblem(error instanceof Error ? error.message : String(error));
    }
  };
  return (
    <>
      <button type="button" className="button" onClick={() => void save('png')}>
        PNG
      </button>
      <button type="button" className="button" onClick={() => void save('svg')}>
        SVG
      </button>
      {problem && <span role="alert">{problem}</span>}
    </>
  );
}

const categoryNames = (count: number): readonly string[] =>
  count === 4 ? ['neither', 'A only', 'B only', 'A and B'] : ['not selected', 'selected weight'];
