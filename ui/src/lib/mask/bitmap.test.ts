// The brush: which pixels it changes.

import { describe, expect, it } from 'vitest';
import { rowsOf } from '../../../tests/fakeCanvas';
import { DEFECT, Mask, type Point } from './bitmap';

/** The mask as text, `#` for a defect. */
function textOf(mask: Mask): string {
  const pixels = Array.from(mask.bytes, (byte) => (byte === DEFECT ? '#' : '.'));
  return rowsOf(pixels.join(''), mask.width);
}

const rows = (...lines: string[]) => lines.join('\n');

/** What a round brush should change, asked of each pixel by itself. */
function expected(mask: Mask, from: Point, to: Point, radius: number): string {
  const pixels = Array.from({ length: mask.width * mask.height }, (_, at) => {
    const [x, y] = [(at % mask.width) + 0.5 - from.x, Math.floor(at / mask.width) + 0.5 - from.y];
    const [dx, dy] = [to.x - from.x, to.y - from.y];
    const share = Math.min(1, Math.max(0, (x * dx + y * dy) / (dx * dx + dy * dy || 1)));
    return Math.hypot(x - share * dx, y - share * dy) <= radius ? '#' : '.';
  });
  return rowsOf(pixels.join(''), mask.width);
}

describe('A new mask', () => {
  it('has no defects', () => {
    expect(textOf(new Mask(3, 2))).toBe(rows('...', '...'));
  });
});

describe('The brush', () => {
  it('makes a disc where it is put', () => {
    const mask = new Mask(7, 5);
    mask.line({ x: 3.5, y: 2.5 }, { x: 3.5, y: 2.5 }, 2, DEFECT);
    expect(textOf(mask)).toBe(rows('...#...', '..###..', '.#####.', '..###..', '...#...'));
  });

  it('takes away what the eraser goes over', () => {
    const mask = new Mask(4, 1);
    mask.bytes.fill(DEFECT);
    mask.line({ x: 1.5, y: 0.5 }, { x: 2.5, y: 0.5 }, 0.75, 0);
    expect(textOf(mask)).toBe('#..#');
  });

  it.each([
    [{ x: 3, y: 3 }, { x: 3, y: 3 }, 2.3],
    [{ x: 4.2, y: 10.7 }, { x: 25.1, y: 10.7 }, 3],
    [{ x: 12.5, y: 2 }, { x: 12.5, y: 18 }, 1.4],
    [{ x: 3, y: 2 }, { x: 26, y: 17 }, 4.25],
    [{ x: 26, y: 3 }, { x: 20, y: 16 }, 0.8],
    [{ x: 26, y: 17 }, { x: 1.1, y: 15.3 }, 2],
    [{ x: -6, y: -4 }, { x: 40, y: 30 }, 5],
  ])('changes exactly what is near enough to the line from %o to %o', (from, to, radius) => {
    const mask = new Mask(30, 20);
    mask.line(from, to, radius, DEFECT);
    expect(textOf(mask)).toBe(expected(mask, from, to, radius));
  });

  it.each([
    [2.5, 2.5],
    [2, 2],
    [2.99, 2.01],
  ])('however small marks something at %d, %d', (x, y) => {
    const mask = new Mask(5, 5);
    mask.line({ x, y }, { x, y }, 0.1, DEFECT);
    expect(mask.bytes.some((byte) => byte === DEFECT)).toBe(true);
  });

  it('however small leaves no gaps in a line', () => {
    const mask = new Mask(20, 8);
    mask.line({ x: 1.3, y: 1.2 }, { x: 18.6, y: 6.9 }, 0.5, DEFECT);
    for (let column = 2; column < 18; column += 1) {
      const marked = Array.from({ length: 8 }, (_, row) => mask.bytes[row * 20 + column]);
      expect(marked).toContain(DEFECT);
    }
  });

  it('stays in the photo: nothing comes in at the other side', () => {
    const mask = new Mask(6, 3);
    mask.line({ x: 5.5, y: 1.5 }, { x: 9, y: 1.5 }, 1, DEFECT);
    expect(textOf(mask)).toBe(rows('.....#', '....##', '.....#'));
    const outside = new Mask(6, 3);
    outside.line({ x: -9, y: 1 }, { x: -4, y: 20 }, 2, DEFECT);
    expect(outside.bytes.every((byte) => byte === 0)).toBe(true);
  });
});

describe('The reach of the brush', () => {
  it('holds all that a line changes, and ends with the photo', () => {
    const mask = new Mask(30, 20);
    const [from, to] = [{ x: 5, y: 6 }, { x: 12, y: 18 }];
    const reach = mask.reachOf(from, to, 3);
    expect(reach).toEqual({ x: 2, y: 3, width: 13, height: 17 });
    mask.line(from, to, 3, DEFECT);
    mask.bytes.forEach((byte, at) => {
      const [x, y] = [at % 30, Math.floor(at / 30)];
      if (byte === DEFECT) expect(x >= 2 && x < 15 && y >= 3 && y < 20).toBe(true);
    });
  });

  it('is nothing beside the photo', () => {
    expect(new Mask(30, 20).reachOf({ x: 50, y: 5 }, { x: 60, y: 5 }, 3)).toBeUndefined();
  });
});
