import { describe, expect, it } from 'vitest';
import { pictureSvg } from './pictureExport';
import { type Picture, pictureLayout } from './pictureLayout';

/** A canvas as far as an SVG needs one. */
const image = { toDataURL: () => 'data:image/png;base64,AAAA' } as HTMLCanvasElement;

const picture: Picture = {
  title: 'Mask of "q_proj" <layer 0>',
  notes: ['5 % for forgetting'],
  width: 300,
  height: 100,
  plot: [{ type: 'image', x: 0, y: 0, width: 300, height: 100, image, name: 'the <plot>' }],
  rows: { title: 'heads', marks: [{ at: 50, text: 'head 0' }] },
  columns: { title: 'dims', marks: [{ at: 0, text: 'dim 0' }] },
  scale: { label: 'density', colours: ['rgb(0 0 0)', 'rgb(9 9 9)'], ticks: [{ position: 0.5, text: '0.1' }] },
  swatches: [
    { colour: 'red', text: 'selected weight' },
    { colour: 'blue', text: 'a long name that does not fit beside the first' },
  ],
  colours: { ink: '#111', quietInk: '#555', paper: '#fff' },
  font: '"Inter Variable", sans-serif',
};

describe('picture file', () => {
  it('keeps the plot at its size, with its labels beside it', () => {
    const { marks, width, height } = pictureLayout(picture);
    const plot = marks.find((mark) => mark.type === 'image')!;
    expect(plot).toMatchObject({ width: 300, height: 100 });
    const label = marks.filter((mark) => mark.type === 'text').find(({ text }) => text === 'head 0')!;
    expect(label.y).toBe(plot.y + 50 + 4);
    expect(label.x).toBeLessThan(plot.x);
    expect(marks[0]).toEqual({ type: 'rectangle', x: 0, y: 0, width, height, colour: '#fff' });
    for (const mark of marks) if (mark.type !== 'line' && mark.type !== 'area') expect(mark.y).toBeLessThan(height);
  });

  it('breaks the swatches into lines and puts ticks under the bar', () => {
    const { marks } = pictureLayout(picture);
    const [first, second] = ['red', 'blue'].map(
      (colour) => marks.filter((mark) => mark.type === 'rectangle').find((mark) => mark.colour === colour)!,
    );
    expect(second!.y).toBeGreaterThan(first!.y);
    expect(second!.x).toBe(first!.x);
    const tick = marks.filter((mark) => mark.type === 'text').find(({ text }) => text === '0.1')!;
    expect(tick.x).toBe(96 + 120);
  });

  it('is SVG with text, embedded plot and nothing unescaped', () => {
    const svg = pictureSvg(picture);
    expect(svg).toContain('<title>Mask of &#34;q_proj&#34; &#60;layer 0&#62;</title>');
    expect(svg).toContain('href="data:image/png;base64,AAAA"');
    expect(svg).toContain('font-family="&#34;Inter Variable&#34;, sans-serif"');
    expect(svg).toMatch(/<text [^>]*>dim 0<\/text>/);
    expect(svg.match(/<rect /g)!.length).toBe(1 + 64 + 1 + 2);
    expect(svg).not.toMatch(/<layer/);
    expect(svg).toContain('><title>the &#60;plot&#62;</title></image>');
  });

  it('moves what the plot draws to its place, and breaks long notes into lines', () => {
    const drawn: Picture = {
      ...picture,
      notes: ['a note of many words '.repeat(8).trim()],
      scale: null,
      swatches: [],
      plot: [
        {
          type: 'line',
          points: [
            [0, 0],
            [10, 20.255],
          ],
          colour: 'red',
          width: 2,
          dashed: true,
        },
        { type: 'dot', x: 10, y: 20, radius: 3, colour: 'blue' },
      ],
    };
    // 168 letters and 420 − 32 pixels at 6.6 a letter: 58 letters a line, three lines. 16 + 14 + 3·18 + 22 + 18 + 6 = 130.
    expect(pictureLayout(drawn).marks.filter((mark) => mark.type === 'text' && mark.text.startsWith('a ')).length).toBe(
      1,
    );
    const svg = pictureSvg(drawn);
    expect(svg).toContain(
      '<polyline points="96,130 106,150.26" fill="none" stroke="red" stroke-width="2" stroke-dasharray="4 4"/>',
    );
    expect(svg).toContain('<circle cx="106" cy="150" r="3" fill="blue"/>');
  });
});
