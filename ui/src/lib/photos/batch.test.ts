// The batch: all jobs since the queue was last empty, its bar, its pause, and colors adjusted afterwards.

import { afterEach, describe, expect, it, vi } from 'vitest';
import { progress, stopped } from '../../../tests/examples';
import { givenDone, givenLibrary, givenRunning, jobIn, photoIn } from '../../../tests/given';
import { changeOf } from './job';

afterEach(() => vi.unstubAllGlobals());

describe('The batch', () => {
  it('is nothing at first', () => {
    const { library } = givenLibrary('a');
    expect([library.batchTotal, library.batchDone, library.batchShare]).toEqual([0, 0, 0]);
  });

  it('is as far as its photos are on average', async () => {
    const { library } = givenLibrary('a', 'b', 'c', 'd');
    await givenRunning(library, 'a', 0.5);
    for (const name of ['b', 'c', 'd']) await library.colorize(photoIn(library, name), 512, 'starter');
    expect(library.batchShare).toBeCloseTo(0.125);
    library.hear(stopped(jobIn(library, 'a').id, 'completed'));
    library.hear(progress(jobIn(library, 'b').id, 0.2));
    expect(library.batchShare).toBeCloseTo(0.3);
    expect([library.batchDone, library.batchTotal]).toEqual([1, 4]);
  });

  it('counts what has failed or was cancelled as over', async () => {
    const { library } = givenLibrary('a', 'b', 'c');
    for (const name of ['a', 'b', 'c']) await givenRunning(library, name, 0.1);
    library.hear(stopped(jobIn(library, 'a').id, 'failed'));
    library.hear(stopped(jobIn(library, 'b').id, 'cancelled'));
    expect([library.batchDone, library.batchTotal]).toEqual([2, 3]);
  });

  it('stays to be seen as whole when all is over', async () => {
    const { library } = givenLibrary('a', 'b');
    await givenRunning(library, 'a', 0.1);
    await givenRunning(library, 'b', 0.1);
    for (const name of ['a', 'b']) library.hear(stopped(jobIn(library, name).id, 'completed'));
    expect([library.batchDone, library.batchTotal, library.batchShare]).toEqual([2, 2, 1]);
  });

  it('begins anew with the next photo after all were over', async () => {
    const { library } = givenLibrary('a', 'b');
    await givenDone(library, 'a');
    await givenRunning(library, 'b', 0.25);
    expect([library.batchDone, library.batchTotal, library.batchShare]).toEqual([0, 1, 0.25]);
  });

  it('does not count a photo that was refused', async () => {
    const { library } = givenLibrary('a', 'b');
    await givenRunning(library, 'a', 0.5);
    vi.stubGlobal('fetch', () => Promise.reject(new Error('gone')));
    await library.colorize(photoIn(library, 'b'), 512, 'starter');
    expect(library.batchTotal).toBe(1);
  });
});

describe('Pausing', () => {
  it('is asked of the shell, and shown once that has done it', async () => {
    const { library, shell } = givenLibrary();
    await library.pause(true);
    expect([shell.paused, library.isPaused]).toEqual([true, true]);
    await library.pause(false);
    expect([shell.paused, library.isPaused]).toEqual([false, false]);
  });

  it('is not shown where the shell could not', async () => {
    const { library, shell } = givenLibrary();
    shell.pause.mockRejectedValueOnce(new Error('no'));
    await expect(library.pause(true)).rejects.toThrow('no');
    expect(library.isPaused).toBe(false);
  });
});

describe('Colors that are adjusted', () => {
  const warm = { strength: 1, warmth: 0.4, taming: 0 };

  it('are shown at once, and kept with the job when they have settled', async () => {
    const { library, shell } = givenLibrary('a');
    const { id } = await givenDone(library, 'a');
    library.adjust(id, warm);
    expect(jobIn(library, 'a').adjustment).toEqual(warm);
    expect(shell.adjustJob).not.toHaveBeenCalled();
    await library.keepAdjustment(id);
    expect(shell.adjustJob).toHaveBeenCalledWith(id, warm);
  });

  it('have a past for each result, which stays while another is looked at', async () => {
    const { library } = givenLibrary('a', 'b');
    const one = await givenDone(library, 'a');
    const other = await givenDone(library, 'b');
    library.pastOf(one).push(warm);
    expect(library.pastOf(other).canUndo).toBe(false);
    expect(library.pastOf(jobIn(library, 'a')).undo()).toEqual({ strength: 1, warmth: 0, taming: 0 });
  });

  it('begin with those that the workflow asked for, which the file shows already', async () => {
    const { library } = givenLibrary('a');
    const own = { strength: 0.5, warmth: 0, taming: 0 };
    const workflow = { '2': { class_type: 'DDColor_Colorize', inputs: { strength: 0.5 } } };
    const id = await library.colorize(photoIn(library, 'a'), 512, 'starter', { workflow });
    expect(jobIn(library, 'a').adjustment).toEqual(own);
    expect(changeOf(jobIn(library, 'a'))).toBeUndefined();
    library.adjust(id ?? '', { ...own, strength: 1 });
    expect(changeOf(jobIn(library, 'a'))).toEqual({ ...own, strength: 1 });
    library.adjust(id ?? '', { ...own });
    expect(changeOf(jobIn(library, 'a'))).toBeUndefined();
  });
});
