// A photo's mask while it is being edited: where it comes from, what is drawn on it, and where it goes.

import type { Server } from '../backend/server';
import { prefixOf } from '../photos/graph';
import { bodyOf, type Library, type Photo } from '../photos/library.svelte';
import { SENSITIVITY } from '../photos/restoration';
import type { ErrorBody } from '../protocol/wire';
import { DEFECT, Mask, type Point, type Rect } from './bitmap';
import { MaskPast } from './past';
import { readMask } from './picture';
import { pngOf } from './png';

export type Tool = 'brush' | 'eraser';

/** The brush's diameter in pixels of the photo. */
export const LEAST_BRUSH = 1;
export const MOST_BRUSH = 400;
const FIRST_BRUSH = 24;
/** What a step of the size is: a quarter more, and one pixel at least. */
const BRUSH_STEP = 1.25;

export class MaskEditing {
  // Raw: its bytes change without being told of; `redrawn` tells instead.
  mask = $state.raw<Mask>();
  tool = $state<Tool>('brush');
  size = $state(FIRST_BRUSH);
  sensitivity = $state(SENSITIVITY);
  busy = $state<'finding' | 'using'>();
  error = $state<ErrorBody>();
  canUndo = $state(false);
  canRedo = $state(false);

  /** Called with every part of the mask that has changed. */
  redrawn: (area: Rect) => void = () => undefined;

  private past: MaskPast | undefined;
  private last: Point | undefined;
  private isClosed = false;

  constructor(
    private readonly server: Server,
    private readonly library: Library,
    private readonly photo: Photo,
  ) {
    const { dust } = library.restorationOf(photo.name);
    if (dust > 0) this.sensitivity = dust;
  }

  /** Gets the mask that the photo has, or finds one. */
  async begin(): Promise<void> {
    const { defects } = this.library.restorationOf(this.photo.name);
    await this.fetch(() =>
      defects === '' ? this.server.defects(this.photo.name, this.sensitivity) : this.server.input(defects),
    );
    const { width, height } = this.photo;
    // Where nothing came, one can still mark everything oneself.
    if (!this.mask && width > 0 && height > 0) this.take(new Mask(width, height));
  }

  /** Finds defects anew, in place of all that is marked; that can be taken back. */
  async findAgain(): Promise<void> {
    await this.fetch(() => this.server.defects(this.photo.name, this.sensitivity));
  }

  useSize(size: number): void {
    if (Number.isFinite(size)) this.size = Math.min(MOST_BRUSH, Math.max(LEAST_BRUSH, Math.round(size)));
  }

  larger(): void {
    this.useSize(Math.max(this.size + 1, this.size * BRUSH_STEP));
  }

  smaller(): void {
    this.useSize(Math.min(this.size - 1, this.size / BRUSH_STEP));
  }

  /** Draws from where the stroke is to a point; begins one where there is none. */
  draw(to: Point): void {
    const { mask, past } = this;
    if (!mask || !past || this.busy) return;
    const from = this.last ?? to;
    this.last = to;
    const area = mask.reachOf(from, to, this.size / 2);
    if (!area) return;
    past.keep(area);
    mask.line(from, to, this.size / 2, this.tool === 'brush' ? DEFECT : 0);
    this.redrawn(area);
  }

  /** Ends a stroke: one step that can be taken back. */
  lift(): void {
    if (!this.last) return;
    this.last = undefined;
    this.past?.end();
    this.look();
  }

  undo(): void {
    this.step((past) => past.undo());
  }

  redo(): void {
    this.step((past) => past.redo());
  }

  /** Makes the mask the photo's own; answers whether it has become that. */
  async use(): Promise<boolean> {
    const { mask } = this;
    if (!mask || this.busy) return false;
    this.lift();
    return this.during('using', async () => {
      const picture = await pngOf(mask);
      const { name, subfolder } = await this.server.upload(picture, `${prefixOf(this.photo.title)}-marks.png`);
      if (this.isClosed) return;
      const defects = subfolder === '' ? name : `${subfolder}/${name}`;
      this.library.restore(this.photo.name, { dust: this.sensitivity, defects });
    });
  }

  /** Nothing that is still to come changes the photo any more. */
  close(): void {
    this.isClosed = true;
  }

  private async fetch(ask: () => Promise<Blob>): Promise<void> {
    if (this.busy) return;
    this.lift();
    await this.during('finding', async () => this.take(await readMask(await ask())));
  }

  private take(found: Mask): void {
    const { mask, past } = this;
    if (!mask || !past || mask.width !== found.width || mask.height !== found.height) {
      this.mask = found;
      this.past = new MaskPast(found);
    } else {
      past.keep(mask.whole);
      mask.bytes.set(found.bytes);
      past.end();
      this.redrawn(mask.whole);
    }
    this.look();
  }

  private step(take: (past: MaskPast) => Rect[]): void {
    if (!this.past || this.busy) return;
    this.lift();
    take(this.past).forEach((area) => this.redrawn(area));
    this.look();
  }

  private look(): void {
    this.canUndo = this.past?.canUndo ?? false;
    this.canRedo = this.past?.canRedo ?? false;
  }

  private async during(what: 'finding' | 'using', work: () => Promise<void>): Promise<boolean> {
    this.busy = what;
    this.error = undefined;
    try {
      await work();
      return true;
    } catch (error) {
      this.error = bodyOf(error);
      return false;
    } finally {
      this.busy = undefined;
    }
  }
}
