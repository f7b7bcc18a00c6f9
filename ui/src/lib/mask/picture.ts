// Masks out of pictures, and onto the screen.

import { DEFECT, Mask, type Rect } from './bitmap';

/** The rows of a picture that are read at once. */
const ROWS = 256;
/** From here on a gray is a defect. */
const MIDDLE = 128;
/** The most pixels that the picture of a mask has: four bytes for each. */
const MOST = 32 * 1024 * 1024;
/** A magenta, which no old photo has, and which is told from both black and white. */
const TINT = [255, 0, 150, 150] as const;

/** Reads a mask, a part at a time, so that it is never there in colors as a whole. */
export async function readMask(file: Blob): Promise<Mask> {
  const picture = await createImageBitmap(file, { colorSpaceConversion: 'none' });
  try {
    const { width, height } = picture;
    const mask = new Mask(width, height);
    const canvas = document.createElement('canvas');
    [canvas.width, canvas.height] = [width, Math.min(ROWS, height)];
    const context = canvas.getContext('2d', { willReadFrequently: true });
    if (!context) throw new Error('no canvas');
    context.globalCompositeOperation = 'copy';
    for (let top = 0; top < height; top += ROWS) {
      const rows = Math.min(ROWS, height - top);
      context.drawImage(picture, 0, -top);
      const { data } = context.getImageData(0, 0, width, rows);
      const start = top * width;
      // Gray: each of the three colors is the gray, so the first one says it.
      for (let at = 0; at < width * rows; at += 1) {
        mask.bytes[start + at] = (data[at * 4] ?? 0) < MIDDLE ? 0 : DEFECT;
      }
    }
    return mask;
  } finally {
    picture.close();
  }
}

/** How many pixels of a mask, across and down, are one of its picture. */
export function shrinkOf({ width, height }: Pick<Mask, 'width' | 'height'>, most = MOST): number {
  return Math.max(1, Math.ceil(Math.sqrt((width * height) / most)));
}

/** A part of the picture that is laid over the photo. */
export type Tinted = { x: number; y: number; width: number; height: number; data: Uint8ClampedArray<ArrayBuffer> };

/** Tints the defects in a part of a mask; where pixels are put together, one defect is enough. */
export function tinted(mask: Mask, area: Rect, shrink: number): Tinted {
  const [x, y] = [Math.floor(area.x / shrink), Math.floor(area.y / shrink)];
  const width = Math.ceil((area.x + area.width) / shrink) - x;
  const height = Math.ceil((area.y + area.height) / shrink) - y;
  const data = new Uint8ClampedArray(width * height * 4);
  const right = Math.min(mask.width, (x + width) * shrink);
  const bottom = Math.min(mask.height, (y + height) * shrink);
  for (let row = y * shrink; row < bottom; row += 1) {
    const out = (Math.floor(row / shrink) - y) * width;
    for (let column = x * shrink; column < right; column += 1) {
      if (mask.bytes[row * mask.width + column] !== DEFECT) continue;
      data.set(TINT, (out + Math.floor(column / shrink) - x) * 4);
    }
  }
  return { x, y, width, height, data };
}
