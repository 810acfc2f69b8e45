// Pictures as files: PNG, and SVG with axes, title and colour bar as text and the plot as an embedded image. The layout is elsewhere.
import { type Picture, pictureLayout } from './pictureLayout';

const escaped = (text: string): string => text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);

const round = (value: number): string => String(Math.round(value * 100) / 100);

/** The picture as SVG text. `plotUrl`: the plot as a data URL. */
export function pictureSvg(picture: Picture, plotUrl: string): string {
  const { width, height, marks } = pictureLayout(picture);
  const parts = marks.map((mark) => {
    const [x, y] = [round(mark.x), round(mark.y)];
    if (mark.type === 'rectangle') {
      return `<rect x="${x}" y="${y}" width="${round(mark.width)}" height="${round(mark.height)}" fill="${escaped(mark.colour)}"/>`;
    }
    if (mark.type === 'plot') {
      return `<image x="${x}" y="${y}" width="${round(mark.width)}" height="${round(mark.height)}" preserveAspectRatio="none" style="image-rendering:pixelated" href="${escaped(plotUrl)}"/>`;
    }
    const turn = mark.turned ? ` transform="rotate(-90 ${x} ${y})"` : '';
    return `<text x="${x}" y="${y}" font-size="${mark.size}" fill="${escaped(mark.colour)}" text-anchor="${mark.anchor}"${turn}>${escaped(mark.text)}</text>`;
  });
  const size = `width="${round(width)}" height="${round(height)}" viewBox="0 0 ${round(width)} ${round(height)}"`;
  return `<svg xmlns="http://www.w3.org/2000/svg" ${size} font-family="${escaped(picture.font)}"><title>${escaped(picture.title)}</title>${parts.join('')}</svg>`;
}

/** The picture as SVG file. */
export const pictureAsSvg = (picture: Picture, plot: HTMLCanvasElement): Blob =>
  new Blob([pictureSvg(picture, plot.toDataURL('image/png'))], { type: 'image/svg+xml' });

const ALIGN = { start: 'left', middle: 'center', end: 'right' } as const;

/** The picture as PNG file, at least two pixels a CSS pixel and no pixel of the plot lost. Throws Error when the browser makes none. */
export async function pictureAsPng(picture: Picture, plot: HTMLCanvasElement): Promise<Blob> {
  const scale = Math.max(2, plot.width / picture.width);
  const { width, height, marks } = pictureLayout(picture);
  const canvas = document.createElement('canvas');
  Object.assign(canvas, { width: Math.ceil(width * scale), height: Math.ceil(height * scale) });
  const context = canvas.getContext('2d');
  if (!context) throw new Error('This browser gives no 2D canvas.');
  context.scale(scale, scale);
  context.imageSmoothingEnabled = false;
  for (const mark of marks) {
    if (mark.type === 'plot') context.drawImage(plot, mark.x, mark.y, mark.width, mark.height);
    else if (mark.type === 'rectangle') {
      context.fillStyle = mark.colour;
      context.fillRect(mark.x, mark.y, mark.width, mark.height);
    } else {
      context.save();
      context.translate(mark.x, mark.y);
      if (mark.turned) context.rotate(-Math.PI / 2);
      context.font = `${mark.size}px ${picture.font}`;
      context.fillStyle = mark.colour;
      context.textAlign = ALIGN[mark.anchor];
      context.fillText(mark.text, 0, 0);
      context.restore();
    }
  }
  const blob = await new Promise<Blob | null>((done) => canvas.toBlob(done, 'image/png'));
  if (!blob)
    throw new Error(
      'The browser could not write the picture: it may be too large. Zoom in or make the window smaller.',
    );
  return blob;
}

/** Hands a file to the browser's download. */
export function saveFile(file: Blob, name: string): void {
  const url = URL.createObjectURL(file);
  const link = Object.assign(document.createElement('a'), { href: url, download: name });
  link.click();
  // The download has begun by then, and a tab that stays open keeps no copy.
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
