// Pictures and canvases in place of the browser's, which the tests' page has none of. A picture is a small
// text: a row on each line, `#` for white, anything else for black.

import { vi } from 'vitest';

type Put = { x: number; y: number; width: number; height: number; data: Uint8ClampedArray };

export class FakeCanvas {
  /** What was drawn onto canvases that are seen. */
  readonly puts: Put[] = [];

  /** Stands in until the test's stubs are taken back, and its spies restored. */
  install(): this {
    vi.stubGlobal('createImageBitmap', async (file: Blob) => pictureOf(await file.text()));
    vi.stubGlobal(
      'ImageData',
      class {
        constructor(
          readonly data: Uint8ClampedArray,
          readonly width: number,
          readonly height: number,
        ) {}
      },
    );
    const puts = this.puts;
    vi.spyOn(HTMLCanvasElement.prototype, 'getContext').mockImplementation(
      () => contextOf(puts) as unknown as CanvasRenderingContext2D,
    );
    return this;
  }

  /** The pixels that the last drawing has tinted, as text. */
  get last(): string {
    const { width, data } = this.puts.at(-1) ?? { width: 0, data: new Uint8ClampedArray() };
    const pixels = Array.from({ length: data.length / 4 }, (_, at) => ((data[at * 4 + 3] ?? 0) > 0 ? '#' : '.'));
    return rowsOf(pixels.join(''), width);
  }
}

/** A file that `createImageBitmap` makes a picture of. */
export const picture = (...rows: string[]): Blob => new Blob([rows.join('\n')]);

/** Text, a row on each line. */
export function rowsOf(text: string, width: number): string {
  return Array.from({ length: text.length / width }, (_, row) => text.slice(row * width, (row + 1) * width)).join('\n');
}

type Picture = { width: number; height: number; rows: string[]; close(): void };

function pictureOf(text: string): Picture {
  const rows = text.split('\n');
  return { width: rows[0]?.length ?? 0, height: rows.length, rows, close: () => undefined };
}

function contextOf(puts: Put[]) {
  let drawn: { picture: Picture; y: number } | undefined;
  return {
    globalCompositeOperation: 'source-over',
    drawImage: (picture: Picture, _x: number, y: number) => (drawn = { picture, y }),
    getImageData: (_x: number, _y: number, width: number, height: number) => {
      const data = new Uint8ClampedArray(width * height * 4);
      for (let at = 0; at < width * height; at += 1) {
        const row = Math.floor(at / width) - (drawn?.y ?? 0);
        const gray = drawn?.picture.rows[row]?.[at % width] === '#' ? 255 : 0;
        data.set([gray, gray, gray, 255], at * 4);
      }
      return { data };
    },
    putImageData: ({ width, height, data }: Put, x: number, y: number) => puts.push({ x, y, width, height, data }),
  };
}
