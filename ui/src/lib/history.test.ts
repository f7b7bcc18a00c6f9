// Undo and redo of one value.

import { describe, expect, it } from 'vitest';
import { Undo } from './history';

describe('Undo', () => {
  it('has nothing to take back or to repeat at first', () => {
    const undo = new Undo(1);
    expect([undo.canUndo, undo.canRedo]).toEqual([false, false]);
    expect(undo.undo()).toBe(1);
    expect(undo.redo()).toBe(1);
  });

  it('goes back value by value to the first one, and no further', () => {
    const undo = new Undo(1);
    undo.push(2);
    undo.push(3);
    expect([undo.undo(), undo.undo(), undo.undo()]).toEqual([2, 1, 1]);
    expect([undo.canUndo, undo.canRedo]).toEqual([false, true]);
  });

  it('repeats what was taken back, in order, up to the last value', () => {
    const undo = new Undo(1);
    undo.push(2);
    undo.push(3);
    undo.undo();
    undo.undo();
    expect([undo.redo(), undo.redo(), undo.redo()]).toEqual([2, 3, 3]);
    expect([undo.canUndo, undo.canRedo]).toEqual([true, false]);
  });

  it('forgets what was taken back as soon as something new is done', () => {
    const undo = new Undo(1);
    undo.push(2);
    undo.undo();
    undo.push(7);
    expect(undo.canRedo).toBe(false);
    expect(undo.redo()).toBe(7);
    expect(undo.undo()).toBe(1);
  });

  it('takes values that count as nothing for values', () => {
    const undo = new Undo(0);
    undo.push(5);
    expect(undo.undo()).toBe(0);
    expect(undo.redo()).toBe(5);
  });
});
