// Where a picture lies in its frame.

import { describe, expect, it } from 'vitest';
import { fit, kept, pan, type Size, type View, zoomAt } from './zoom';

const FRAME: Size = { width: 800, height: 600 };
const PICTURE: Size = { width: 1600, height: 1000 };

/** The pixel of the picture, from its center, that is under a point of the frame. */
function under(view: View, point: { x: number; y: number }) {
  return { x: (point.x - view.x) / view.scale, y: (point.y - view.y) / view.scale };
}

describe('A picture that is fitted', () => {
  it('is wholly in the frame, in its middle, and touches two sides', () => {
    expect(fit(PICTURE, FRAME)).toEqual({ scale: 0.5, x: 0, y: 0 });
    expect(fit({ width: 300, height: 1200 }, FRAME)).toEqual({ scale: 0.5, x: 0, y: 0 });
  });

  it('is never shown larger than it is', () => {
    expect(fit({ width: 100, height: 80 }, FRAME).scale).toBe(1);
  });

  it('stays to be seen where the frame has no room yet', () => {
    expect(fit(PICTURE, { width: 0, height: 0 }).scale).toBeGreaterThan(0);
  });

  it('is at its own size where its size is not known yet', () => {
    expect(fit({ width: 0, height: 0 }, FRAME)).toEqual({ scale: 1, x: 0, y: 0 });
  });
});

describe('Zooming', () => {
  it.each([
    { x: 0, y: 0 },
    { x: 250, y: -130 },
    { x: -400, y: 300 },
  ])('keeps the point of the picture under the pointer at $x, $y', (pointer) => {
    const before: View = { scale: 0.5, x: 40, y: -25 };
    for (const factor of [1.25, 0.6, 3]) {
      const zoomed = zoomAt(before, factor, pointer);
      expect(zoomed.scale).toBeCloseTo(0.5 * factor);
      expect(under(zoomed, pointer).x).toBeCloseTo(under(before, pointer).x);
      expect(under(zoomed, pointer).y).toBeCloseTo(under(before, pointer).y);
    }
  });

  it('stops at single pixels and at a postage stamp, and moves nothing there', () => {
    const pointer = { x: 100, y: 50 };
    const nearest = zoomAt({ scale: 1, x: 0, y: 0 }, 1000, pointer);
    expect(nearest.scale).toBe(16);
    expect(zoomAt(nearest, 2, pointer)).toEqual(nearest);
    const farthest = zoomAt({ scale: 1, x: 0, y: 0 }, 0.000_01, pointer);
    expect(farthest.scale).toBe(0.02);
    expect(zoomAt(farthest, 0.5, pointer)).toEqual(farthest);
  });

  it('in and out again ends where it began', () => {
    const before: View = { scale: 0.5, x: 12, y: 7 };
    const pointer = { x: -90, y: 210 };
    const again = zoomAt(zoomAt(before, 1.5, pointer), 1 / 1.5, pointer);
    expect(again.scale).toBeCloseTo(before.scale);
    expect(again.x).toBeCloseTo(before.x);
    expect(again.y).toBeCloseTo(before.y);
  });
});

describe('Dragging', () => {
  it('moves the picture as far as the pointer, at the same scale', () => {
    expect(pan({ scale: 2, x: 10, y: 20 }, 5, -30)).toEqual({ scale: 2, x: 15, y: -10 });
  });

  it('leaves no gap at a side that the picture is larger than', () => {
    // At full size 1600 px lie in 800, so that it may move by 400 to either side.
    expect(kept({ scale: 1, x: 5000, y: -5000 }, PICTURE, FRAME)).toEqual({ scale: 1, x: 400, y: -200 });
    expect(kept({ scale: 1, x: -399, y: 199 }, PICTURE, FRAME)).toEqual({ scale: 1, x: -399, y: 199 });
  });

  it('leaves a picture in the middle that is smaller than the frame', () => {
    const held = kept({ scale: 0.25, x: 90, y: -60 }, PICTURE, FRAME);
    expect(held.x).toBeCloseTo(0);
    expect(held.y).toBeCloseTo(0);
    expect(held.scale).toBe(0.25);
  });

  it('holds each direction by itself', () => {
    // 1600 x 1000 at 0.55: wider than the frame, but not higher.
    const held = kept({ scale: 0.55, x: 30, y: 30 }, PICTURE, FRAME);
    expect(held.x).toBe(30);
    expect(held.y).toBeCloseTo(0);
  });
});
