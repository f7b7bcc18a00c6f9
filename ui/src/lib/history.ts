// Undo and redo of one value.

export class Undo<T> {
  private readonly past: T[] = [];
  private future: T[] = [];

  constructor(private now: T) {}

  get canUndo(): boolean {
    return this.past.length > 0;
  }

  get canRedo(): boolean {
    return this.future.length > 0;
  }

  /** Keeps a new value. */
  push(value: T): void {
    this.past.push(this.now);
    this.now = value;
    this.future = [];
  }

  undo(): T {
    const before = this.past.pop();
    if (before !== undefined) {
      this.future.push(this.now);
      this.now = before;
    }
    return this.now;
  }

  redo(): T {
    const next = this.future.pop();
    if (next !== undefined) {
      this.past.push(this.now);
      this.now = next;
    }
    return this.now;
  }
}
