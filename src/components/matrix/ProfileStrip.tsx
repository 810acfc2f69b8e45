// A profile drawn along the matrix's right or lower edge, in step with its window. Hovering tells the entry under the pointer.
import { useEffect, useMemo, useRef } from 'react';
import { GUTTER_TOP } from './matrixAxes';
import type { MatrixStage } from './matrixStage';
import { drawProfile, maxPerPixel, type Profile, peakOf, peakUnder } from './profile';

interface ProfileStripProps {
  stage: MatrixStage;
  profile: Profile;
  along: 'rows' | 'columns';
  label(index: number): string;
  /** CSS pixels from the matrix outwards. */
  depth: number;
  /** The hovered entry in words; null when there is none. */
  onRead(text: string | null): void;
}

/** "row 12 (head 0, dim 12), selected per row: 43". */
export const profileText = (along: 'rows' | 'columns', profile: Profile, index: number, label: string): string =>
  `${along === 'rows' ? 'row' : 'column'} ${index} (${label}), ${profile.label}: ${profile.format(profile.values[index]!)}`;

export function ProfileStrip({ stage, profile, along, label, depth, onRead }: ProfileStripProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const top = useMemo(() => peakOf(profile.values), [profile.values]);
  const most = top === null ? 0 : profile.values[top]!;

  useEffect(() => {
    const element = canvas.current;
    if (!element) return;
    return stage.follow(({ current }) => {
      if (!current) return;
      const { extent, gutter, ratio, ink } = current;
      const { row, column, pixelsARow, pixelsAColumn } = stage.window();
      const isRows = along === 'rows';
      const offset = Math.round((isRows ? GUTTER_TOP : gutter) * ratio);
      const length = isRows ? extent.height : extent.width;
      const bars = maxPerPixel(profile.values, length, isRows ? row : column, isRows ? pixelsARow : pixelsAColumn);
      const deep = Math.round(depth * ratio);
      const [width, height] = isRows ? [deep, offset + length] : [offset + length, deep];
      if (element.width !== width || element.height !== height) Object.assign(element, { width, height });
      const context = element.getContext('2d');
      if (!context) return;
      context.clearRect(0, 0, width, height);
      context.fillStyle = ink.ink3;
      drawProfile(context, bars, most, along, deep, offset);
    });
  }, [stage, profile, along, depth, most]);

  const read = (event: React.PointerEvent<HTMLCanvasElement>) => {
    const scene = stage.current;
    if (!scene) return;
    const box = event.currentTarget.getBoundingClientRect();
    const { row, column, pixelsARow, pixelsAColumn } = stage.window();
    const index =
      along === 'rows'
        ? peakUnder(profile.values, Math.floor((event.clientY - box.top - GUTTER_TOP) * scene.ratio), row, pixelsARow)
        : peakUnder(
            profile.values,
            Math.floor((event.clientX - box.left - scene.gutter) * scene.ratio),
            column,
            pixelsAColumn,
          );
    onRead(index === null ? null : profileText(along, profile, index, label(index)));
  };
  const name = along === 'rows' ? 'right edge' : 'lower edge';
  return (
    <canvas
      ref={canvas}
      className={`matrix-profile matrix-profile-${along}`}
      role="img"
      aria-label={
        top === null
          ? `${profile.label}, ${name}: no value`
          : `${profile.label}, ${name}; most: ${profileText(along, profile, top, label(top))}`
      }
      onPointerMove={read}
      onPointerLeave={() => onRead(null)}
    />
  );
}
