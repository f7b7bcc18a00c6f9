// Masks read from pictures, and tinted for the screen.

import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { FakeCanvas, picture, rowsOf } from '../../../tests/fakeCanvas';
import { DEFECT, Mask } from './bitmap';
import { readMask, shrinkOf, tinted } from './picture';

beforeEach(() => {
  new FakeCanvas().install();
});
afterEach(() => {
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});

const maskOf = (...rows: string[]) =>
  new Mask(rows[0]?.length ?? 0, rows.length, Uint8Array.from(rows.join(''), (pixel) => (pixel === '#' ? DEFECT : 0)));

describe('A mask that is read', () => {
  it('has a defect where the picture is white', async () => {
    const mask = await readMask(picture('#..', '.##'));
    expect([mask.width, mask.height]).toEqual([3, 2]);
    expect([...mask.bytes]).toEqual([DEFECT, 0, 0, 0, DEFECT, DEFECT]);
  });

  it('is whole where it is read in several parts', async () => {
    const rows = Array.from({ length: 700 }, (_, row) => (row % 3 === 0 ? '#.' : '.#'));
    expect(await readMask(picture(...rows))).toEqual(maskOf(...rows));
  });
});

describe('The picture of a mask', () => {
  const textOf = (mask: Mask, shrink: number, area = mask.whole) => {
    const { data, width, ...place } = tinted(mask, area, shrink);
    const pixels = Array.from({ length: data.length / 4 }, (_, at) => (data[at * 4 + 3] === 0 ? '.' : '#'));
    return { ...place, width, text: rowsOf(pixels.join(''), width) };
  };

  it('is tinted where there are defects, and clear elsewhere', () => {
    expect(textOf(maskOf('#..', '.##'), 1).text).toBe('#..\n.##');
    const { data } = tinted(maskOf('.#'), { x: 0, y: 0, width: 2, height: 1 }, 1);
    const [red = 0, green = 0, blue = 0] = data.subarray(4);
    // Told from any gray, and from the sepia of old prints.
    expect(Math.max(red, blue) - green).toBeGreaterThan(100);
    expect(blue).toBeGreaterThan(green);
  });

  it('is made of the part that has changed alone', () => {
    const mask = maskOf('#...', '.##.', '...#');
    expect(textOf(mask, 1, { x: 1, y: 1, width: 3, height: 2 })).toEqual({
      x: 1,
      y: 1,
      width: 3,
      height: 2,
      text: '##.\n..#',
    });
  });

  it('of a large mask has each defect in it, however small', () => {
    expect(textOf(maskOf('#....', '.....', '.....', '....#'), 2).text).toBe('#..\n..#');
    const part = textOf(maskOf('#....', '.....', '.....', '....#'), 2, { x: 3, y: 3, width: 2, height: 1 });
    expect(part).toEqual({ x: 1, y: 1, width: 2, height: 1, text: '.#' });
  });

  it('is as large as the mask, up to what memory is there for', () => {
    expect(shrinkOf({ width: 6000, height: 4000 })).toBe(1);
    expect(shrinkOf({ width: 12_000, height: 9000 })).toBe(2);
    expect(shrinkOf({ width: 1, height: 1 })).toBe(1);
    for (const side of [100, 1000, 10_000, 30_000]) {
      const shrink = shrinkOf({ width: side, height: side }, 1_000_000);
      expect((side / shrink) ** 2).toBeLessThanOrEqual(1_000_000);
    }
  });
});
