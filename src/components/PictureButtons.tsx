// Saves a picture as a PNG or SVG file. The picture is made when it is asked for.
import { useState } from 'react';
import { pictureAsPng, pictureAsSvg, saveFile } from './pictureExport';
import type { Picture } from './pictureLayout';

interface ButtonsProps {
  /** What the picture shows, for the buttons' names: "the matrix". */
  what: string;
  /** Without ending. */
  fileName: string;
  isDisabled?: boolean;
  make(): Picture | Promise<Picture>;
}

export function PictureButtons({ what, fileName, isDisabled = false, make }: ButtonsProps) {
  const [problem, setProblem] = useState<string | null>(null);
  const save = async (kind: 'png' | 'svg') => {
    try {
      setProblem(null);
      const picture = await make();
      const file = kind === 'png' ? await pictureAsPng(picture) : pictureAsSvg(picture);
      saveFile(file, `${fileName.replace(/[^\w.]+/g, '-')}.${kind}`);
    } catch (error) {
      setProblem(error instanceof Error ? error.message : String(error));
    }
  };
  return (
    <>
      {(['png', 'svg'] as const).map((kind) => (
        <button
          key={kind}
          type="button"
          className="button"
          disabled={isDisabled}
          aria-label={`Save ${what} as ${kind.toUpperCase()}`}
          onClick={() => void save(kind)}
        >
          {kind.toUpperCase()}
        </button>
      ))}
      {problem && <span role="alert">{problem}</span>}
    </>
  );
}
