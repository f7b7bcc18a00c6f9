// A mask of defects, a byte for each pixel of the photo, and the brush that draws on it. Pure.

export type Point = { x: number; y: number };
export type Rect = { x: number; y: number; width: number; height: number };

/** What a pixel with a defect has; all others have 0. */
export const DEFECT = 255;

/** From here on a disc covers the middle of a pixel, wherever it lies. */
const LEAST_RADIUS = 0.75;

export class Mask {
  constructor(
    readonly width: number,
    readonly height: number,
    /** Row after row, from the top. */
    readonly bytes: Uint8Array<ArrayBuffer> = new Uint8Array(width * height),
  ) {}

  get whole(): Rect {
    return { x: 0, y: 0, width: this.width, height: this.height };
  }

  /** The part of a rectangle that is in the mask; nothing where they do not meet. */
  inside({ x, y, width, height }: Rect): Rect | undefined {
    const [left, top] = [Math.max(0, Math.floor(x)), Math.max(0, Math.floor(y))];
    const right = Math.min(this.width, Math.ceil(x + width));
    const bottom = Math.min(this.height, Math.ceil(y + height));
    if (left >= right || top >= bottom) return undefined;
    return { x: left, y: top, width: right - left, height: bottom - top };
  }

  /** Where a line of the brush may change something. */
  reachOf(from: Point, to: Point, radius: number): Rect | undefined {
    const reach = Math.max(radius, LEAST_RADIUS);
    const [x, y] = [Math.min(from.x, to.x) - reach, Math.min(from.y, to.y) - reach];
    const width = Math.abs(from.x - to.x) + 2 * reach;
    return this.inside({ x, y, width, height: Math.abs(from.y - to.y) + 2 * reach });
  }

  /** Draws a line with a round brush: every pixel whose middle is within the radius of it. */
  line(from: Point, to: Point, radius: number, value: 0 | typeof DEFECT): void {
    const reach = this.reachOf(from, to, radius);
    if (!reach) return;
    const brush = outlineOf(from, to, Math.max(radius, LEAST_RADIUS));
    for (let row = reach.y; row < reach.y + reach.height; row += 1) {
      const [left, right] = brush(row + 0.5);
      const first = Math.max(0, Math.ceil(left - 0.5));
      const last = Math.min(this.width - 1, Math.floor(right - 0.5));
      if (first <= last) this.bytes.fill(value, row * this.width + first, row * this.width + last + 1);
    }
  }
}

/** A line with round ends, as the span from left to right that it has at a height.
 *
 * It is two discs and the rectangle between them. Together they are convex, so at any height the span is
 * from the leftmost of theirs to the rightmost. */
function outlineOf(from: Point, to: Point, radius: number): (y: number) => [number, number] {
  const length = Math.hypot(to.x - from.x, to.y - from.y);
  const aside = length === 0 ? { x: 0, y: 0 } : {
    x: (-(to.y - from.y) / length) * radius,
    y: ((to.x - from.x) / length) * radius,
  };
  const corners = [
    { x: from.x + aside.x, y: from.y + aside.y },
    { x: to.x + aside.x, y: to.y + aside.y },
    { x: to.x - aside.x, y: to.y - aside.y },
    { x: from.x - aside.x, y: from.y - aside.y },
  ] as const;
  const [a, b, c, d] = corners;
  const edges = [[a, b], [b, c], [c, d], [d, a]] as const;
  return (y) => {
    let [left, right] = [Infinity, -Infinity];
    const reaches = (x: number) => {
      left = Math.min(left, x);
      right = Math.max(right, x);
    };
    for (const center of [from, to]) {
      const half = Math.sqrt(radius * radius - (y - center.y) ** 2);
      // No number where the disc does not come so far.
      if (half >= 0) [center.x - half, center.x + half].forEach(reaches);
    }
    for (const [one, other] of edges) {
      const share = (y - one.y) / (other.y - one.y);
      if (share >= 0 && share <= 1) reaches(one.x + share * (other.x - one.x));
    }
    return [left, right];
  };
}
