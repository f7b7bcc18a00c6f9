// Undo and redo of what was drawn on a mask, in bounded memory.
//
// A mask may have a hundred million bytes, of which a stroke changes a few. So a step keeps only the squares
// that it has touched, and of those only how long nothing changes from one pixel to the next.

import { DEFECT, type Mask, type Rect } from './bitmap';

/** The side of a square in pixels: its whole area is the longest run, which has to fit into 16 bits. */
const SIDE = 240;
/** The most memory that all steps together may take, in bytes. */
const MOST = 32 * 1024 * 1024;

/** A square as it was: the lengths of its runs in turn, the first of them without a defect. */
type Square = { area: Rect; runs: Uint16Array };
type Step = Square[];

export class MaskPast {
  private past: Step[] = [];
  private future: Step[] = [];
  /** What the step that is being drawn has touched, by the squares' place in the mask. */
  private touched = new Map<number, Square>();

  constructor(
    private readonly mask: Mask,
    private readonly most = MOST,
  ) {}

  get canUndo(): boolean {
    return this.past.length > 0;
  }

  get canRedo(): boolean {
    return this.future.length > 0;
  }

  /** What the steps take, in bytes. */
  get bytes(): number {
    return [...this.past, ...this.future].reduce((sum, step) => sum + bytesOf(step), 0);
  }

  /** Keeps a part of the mask as it is, before it is drawn on. */
  keep(area: Rect | undefined): void {
    if (!area) return;
    const across = Math.ceil(this.mask.width / SIDE);
    for (let row = Math.floor(area.y / SIDE); row * SIDE < area.y + area.height; row += 1) {
      for (let column = Math.floor(area.x / SIDE); column * SIDE < area.x + area.width; column += 1) {
        const at = row * across + column;
        if (this.touched.has(at)) continue;
        const square = this.mask.inside({ x: column * SIDE, y: row * SIDE, width: SIDE, height: SIDE });
        if (square) this.touched.set(at, { area: square, runs: runsOf(this.mask, square) });
      }
    }
  }

  /** Ends a step; what has not changed after all is not kept. */
  end(): void {
    const step = [...this.touched.values()].filter(({ area, runs }) => !isSame(runs, runsOf(this.mask, area)));
    this.touched = new Map();
    if (step.length === 0) return;
    this.past.push(step);
    this.future = [];
    // The last step can always be taken back.
    while (this.past.length > 1 && this.bytes > this.most) this.past.shift();
  }

  /** Takes the last step back; answers what has changed. */
  undo(): Rect[] {
    return this.swap(this.past, this.future);
  }

  redo(): Rect[] {
    return this.swap(this.future, this.past);
  }

  private swap(from: Step[], to: Step[]): Rect[] {
    const step = from.pop() ?? [];
    const areas = step.map(({ area }) => area);
    if (step.length > 0) to.push(areas.map((area) => ({ area, runs: runsOf(this.mask, area) })));
    for (const square of step) putBack(this.mask, square);
    return areas;
  }
}

function bytesOf(step: Step): number {
  return step.reduce((sum, { runs }) => sum + runs.byteLength, 0);
}

function runsOf({ bytes, width }: Mask, area: Rect): Uint16Array {
  const runs: number[] = [];
  let [value, length] = [0, 0];
  for (let row = area.y; row < area.y + area.height; row += 1) {
    const start = row * width + area.x;
    for (let at = start; at < start + area.width; at += 1) {
      if (bytes[at] !== value) {
        runs.push(length);
        value = DEFECT - value;
        length = 0;
      }
      length += 1;
    }
  }
  return Uint16Array.from([...runs, length]);
}

function putBack({ bytes, width }: Mask, { area, runs }: Square): void {
  let [at, value] = [0, 0];
  for (const run of runs) {
    const end = at + run;
    // A run goes on in the next row of the square.
    while (at < end) {
      const [row, column] = [Math.floor(at / area.width), at % area.width];
      const part = Math.min(end - at, area.width - column);
      const start = (area.y + row) * width + area.x + column;
      bytes.fill(value, start, start + part);
      at += part;
    }
    value = DEFECT - value;
  }
}

function isSame(one: Uint16Array, other: Uint16Array): boolean {
  return one.length === other.length && one.every((value, at) => value === other[at]);
}
