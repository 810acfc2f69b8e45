// Pictures as files: PNG, and SVG with title, axes, colour bar and charts as text and shapes and matrices as embedded images. The layout
// is elsewhere.
import { fileNameOf } from '../core/files/quote';
import { dashOf, type Mark, type Picture, type Point, pictureLayout } from './pictureLayout';

const escaped = (text: string): string => text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);

const round = (value: number): string => String(Math.round(value * 100) / 100);

/** The picture as SVG text. */
export function pictureSvg(picture: Picture): string {
  const { width, height, marks } = pictureLayout(picture);
  const size = `width="${round(width)}" height="${round(height)}" viewBox="0 0 ${round(width)} ${round(height)}"`;
  return `<svg xmlns="http://www.w3.org/2000/svg" ${size} font-family="${escaped(picture.font)}"><title>${escaped(picture.title)}</title>${marks.map(markSvg).join('')}</svg>`;
}

const pointsText = (points: readonly Point[]): string => points.map(([x, y]) => `${round(x)},${round(y)}`).join(' ');

function markSvg(mark: Mark): string {
  if (mark.type === 'line') {
    const pattern = dashOf(mark);
    const dash = pattern.length > 0 ? ` stroke-dasharray="${pattern.join(' ')}"` : '';
    const faint = mark.opacity === undefined ? '' : ` opacity="${mark.opacity}"`;
    return `<polyline points="${pointsText(mark.points)}" fill="none" stroke="${escaped(mark.colour)}" stroke-width="${mark.width}"${dash}${faint}/>`;
  }
  if (mark.type === 'area') {
    return `<polygon points="${pointsText(mark.points)}" fill="${escaped(mark.colour)}" opacity="${mark.opacity}"/>`;
  }
  const [x, y] = [round(mark.x), round(mark.y)];
  switch (mark.type) {
    case 'dot':
      return `<circle cx="${x}" cy="${y}" r="${mark.radius}" fill="${escaped(mark.colour)}"/>`;
    case 'rectangle':
      return `<rect x="${x}" y="${y}" width="${round(mark.width)}" height="${round(mark.height)}" fill="${escaped(mark.colour)}"/>`;
    case 'image':
      return `<image x="${x}" y="${y}" width="${round(mark.width)}" height="${round(mark.height)}" preserveAspectRatio="none" style="image-rendering:pixelated" href="${escaped(mark.image.toDataURL('image/png'))}"><title>${escaped(mark.name)}</title></image>`;
    case 'text': {
      const turn = mark.turned ? ` transform="rotate(-90 ${x} ${y})"` : '';
      const weight = mark.isBold ? ' font-weight="600"' : '';
      return `<text x="${x}" y="${y}" font-size="${mark.size}"${weight} fill="${escaped(mark.colour)}" text-anchor="${mark.anchor}"${turn}>${escaped(mark.text)}</text>`;
    }
  }
}

/** The picture as SVG file. */
export const pictureAsSvg = (picture: Picture): Blob => new Blob([pictureSvg(picture)], { type: 'image/svg+xml' });

const ALIGN = { start: 'left', middle: 'center', end: 'right' } as const;

/** The picture on a canvas, at least two pixels a CSS pixel and no pixel of an image lost. Throws Error when the browser gives none. */
function pictureCanvas(picture: Picture): HTMLCanvasElement {
  const { width, height, marks } = pictureLayout(picture);
  const ratios = marks.map((mark) => (mark.type === 'image' ? mark.image.width / mark.width : 0));
  const scale = Math.max(2, ...ratios);
  const canvas = document.createElement('canvas');
  Object.assign(canvas, { width: Math.ceil(width * scale), height: Math.ceil(height * scale) });
  const context = canvas.getContext('2d');
  if (!context) throw new Error('This browser gives no 2D canvas.');
  context.scale(scale, scale);
  context.imageSmoothingEnabled = false;
  for (const mark of marks) drawMark(context, mark, picture.font);
  return canvas;
}

function drawMark(context: CanvasRenderingContext2D, mark: Mark, font: string): void {
  if (mark.type === 'image') {
    context.drawImage(mark.image, mark.x, mark.y, mark.width, mark.height);
    return;
  }
  context.fillStyle = mark.colour;
  if (mark.type === 'rectangle') context.fillRect(mark.x, mark.y, mark.width, mark.height);
  else if (mark.type === 'dot') {
    context.beginPath();
    context.arc(mark.x, mark.y, mark.radius, 0, 2 * Math.PI);
    context.fill();
  } else if (mark.type === 'line') {
    context.strokeStyle = mark.colour;
    context.lineWidth = mark.width;
    context.globalAlpha = mark.opacity ?? 1;
    context.setLineDash([...dashOf(mark)]);
    context.beginPath();
    for (const [x, y] of mark.points) context.lineTo(x, y);
    context.stroke();
    context.globalAlpha = 1;
  } else if (mark.type === 'area') {
    context.globalAlpha = mark.opacity;
    context.beginPath();
    for (const [x, y] of mark.points) context.lineTo(x, y);
    context.fill();
    context.globalAlpha = 1;
  } else {
    context.save();
    context.translate(mark.x, mark.y);
    if (mark.turned) context.rotate(-Math.PI / 2);
    context.font = `${mark.isBold ? '600 ' : ''}${mark.size}px ${font}`;
    context.textAlign = ALIGN[mark.anchor];
    context.fillText(mark.text, 0, 0);
    context.restore();
  }
}

/** The picture as PNG file. Throws Error when the browser makes none. */
export async function pictureAsPng(picture: Picture): Promise<Blob> {
  const canvas = pictureCanvas(picture);
  const blob = await new Promise<Blob | null>((done) => canvas.toBlob(done, 'image/png'));
  if (!blob)
    throw new Error(
      'The browser could not write the picture: it may be too large. Zoom in or make the window smaller.',
    );
  return blob;
}

/** Hands a file to the browser's download; of the name stays what every file system takes. */
export function saveFile(file: Blob, name: string): void {
  const url = URL.createObjectURL(file);
  const link = Object.assign(document.createElement('a'), { href: url, download: fileNameOf(name) });
  link.click();
  // The download has begun by then, and a tab that stays open keeps no copy.
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
