// Undo and redo of what was drawn on a mask.

import { describe, expect, it } from 'vitest';
import { DEFECT, Mask, type Point } from './bitmap';
import { MaskPast } from './past';

/** Draws a stroke as the editor does. */
function stroke(mask: Mask, past: MaskPast, from: Point, to: Point, radius = 5, value: 0 | typeof DEFECT = DEFECT) {
  past.keep(mask.reachOf(from, to, radius));
  mask.line(from, to, radius, value);
  past.end();
}

function given(most?: number) {
  // Neither side is a whole number of the squares that are kept.
  const mask = new Mask(700, 530);
  return { mask, past: new MaskPast(mask, most) };
}

const copy = (mask: Mask) => Uint8Array.from(mask.bytes);
/** Without the list of all that differs, which takes minutes for so many. */
const isAs = (mask: Mask, state: Uint8Array) => mask.bytes.every((byte, at) => byte === state[at]);

describe('The past of a mask', () => {
  it('is empty at first: nothing is taken back or repeated', () => {
    const { mask, past } = given();
    expect([past.canUndo, past.canRedo]).toEqual([false, false]);
    expect([past.undo(), past.redo()]).toEqual([[], []]);
    expect(mask.bytes.every((byte) => byte === 0)).toBe(true);
  });

  it('takes strokes back one by one, and repeats them', () => {
    const { mask, past } = given();
    const states = [copy(mask)];
    stroke(mask, past, { x: 10, y: 10 }, { x: 690, y: 520 }, 9);
    states.push(copy(mask));
    stroke(mask, past, { x: 690, y: 5 }, { x: 3, y: 500 }, 12);
    states.push(copy(mask));
    stroke(mask, past, { x: 0, y: 260 }, { x: 700, y: 260 }, 30, 0);
    states.push(copy(mask));
    for (const state of states.slice(0, -1).reverse()) {
      past.undo();
      expect(isAs(mask, state)).toBe(true);
    }
    expect(past.canUndo).toBe(false);
    for (const state of states.slice(1)) {
      past.redo();
      expect(isAs(mask, state)).toBe(true);
    }
    expect(past.canRedo).toBe(false);
  });

  it('says what has changed, all of it', () => {
    const { mask, past } = given();
    const [one, other] = [{ x: 100, y: 300 }, { x: 400, y: 310 }];
    stroke(mask, past, one, other, 4);
    const after = copy(mask);
    const areas = past.undo();
    const isTold = (x: number, y: number) =>
      areas.some((area) => x >= area.x && x < area.x + area.width && y >= area.y && y < area.y + area.height);
    const untold = after.findIndex((byte, at) => byte > 0 && !isTold(at % mask.width, Math.floor(at / mask.width)));
    expect(untold).toBe(-1);
    // Only what was drawn on, not the photo as a whole.
    expect(areas.length).toBe(2);
  });

  it('takes a stroke of many parts back as one', () => {
    const { mask, past } = given();
    for (let x = 10; x < 600; x += 7) {
      const [from, to] = [{ x, y: x / 2 }, { x: x + 7, y: (x + 7) / 2 }];
      past.keep(mask.reachOf(from, to, 6));
      mask.line(from, to, 6, DEFECT);
    }
    past.end();
    past.undo();
    expect(mask.bytes.every((byte) => byte === 0)).toBe(true);
    expect(past.canUndo).toBe(false);
  });

  it('does not count a stroke that has changed nothing', () => {
    const { mask, past } = given();
    stroke(mask, past, { x: 50, y: 50 }, { x: 90, y: 50 }, 5, 0);
    stroke(mask, past, { x: -90, y: -50 }, { x: -50, y: -50 });
    expect(past.canUndo).toBe(false);
  });

  it('forgets what was taken back once something else is drawn', () => {
    const { mask, past } = given();
    stroke(mask, past, { x: 50, y: 50 }, { x: 90, y: 50 });
    past.undo();
    stroke(mask, past, { x: 200, y: 200 }, { x: 210, y: 200 });
    expect(past.canRedo).toBe(false);
  });

  it('takes the change of a whole mask back', () => {
    const { mask, past } = given();
    stroke(mask, past, { x: 50, y: 50 }, { x: 90, y: 50 });
    const drawn = copy(mask);
    past.keep(mask.whole);
    // Nothing is harder to keep than a mask that changes at every pixel.
    mask.bytes.forEach((_, at) => (mask.bytes[at] = at % 2 === 0 ? DEFECT : 0));
    past.end();
    const found = copy(mask);
    past.undo();
    expect(isAs(mask, drawn)).toBe(true);
    past.redo();
    expect(isAs(mask, found)).toBe(true);
  });
});

describe('The memory of the past', () => {
  it('is far less than the mask, where little was drawn', () => {
    const { mask, past } = given();
    for (let at = 0; at < 8; at += 1) stroke(mask, past, { x: 20 + at * 80, y: 20 }, { x: 20 + at * 80, y: 400 });
    expect(past.bytes).toBeLessThan(mask.bytes.length / 4);
  });

  it('is bounded: the oldest steps are forgotten', () => {
    const { mask, past } = given(20_000);
    for (let at = 0; at < 200; at += 1) {
      stroke(mask, past, { x: 100, y: 10 }, { x: 110, y: 520 }, 3, at % 2 === 0 ? DEFECT : 0);
      expect(past.bytes).toBeLessThanOrEqual(20_000);
    }
    let steps = 0;
    for (; past.canUndo; steps += 1) past.undo();
    expect(steps).toBeGreaterThan(0);
    expect(steps).toBeLessThan(200);
  });

  it('has room for the last step, however large it is', () => {
    const { mask, past } = given(100);
    stroke(mask, past, { x: 50, y: 50 }, { x: 500, y: 400 });
    expect(past.canUndo).toBe(true);
    past.undo();
    expect(mask.bytes.every((byte) => byte === 0)).toBe(true);
  });
});
