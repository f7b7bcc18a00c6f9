// Results leave the window; an original is never written over unasked.

import { afterEach, describe, expect, it, vi } from 'vitest';
import { givenApp, givenDone, givenRunning, jobIn, photoIn, said } from '../../../tests/given';
import type { App } from '../app.svelte';
import type { ResultFile } from '../protocol/wire';

const ORIGINAL = { kind: 'is_original', path: '/photos/a' } as const;

afterEach(() => vi.unstubAllGlobals());

function resultOf(app: App, name: string): ResultFile {
  const result = app.resultFile(photoIn(app.library, name), jobIn(app.library, name));
  if (!result) throw new Error(`${name} has no result`);
  return result;
}

describe('A result', () => {
  it('is the first file of the job, with where the photo came from and its colors', async () => {
    const { app } = givenApp(['a']);
    const { id } = await givenDone(app.library, 'a');
    app.library.adjust(id, { strength: 0.5, warmth: 0, taming: 0 });
    expect(app.currentResult()).toEqual({
      prompt_id: id,
      filename: `${id}.png`,
      subfolder: '',
      type: 'output',
      title: 'a',
      source: '/photos/a',
      adjustment: { strength: 0.5, warmth: 0, taming: 0 },
    });
  });

  it('is there only once the job is done', async () => {
    const { app } = givenApp(['a', 'b']);
    await givenRunning(app.library, 'a', 0.9);
    expect(app.currentResult()).toBeUndefined();
    await givenDone(app.library, 'b');
    expect(app.results().map(({ title }) => title)).toEqual(['b']);
  });
});

describe('Saving', () => {
  it('says where the file is', async () => {
    const { app, shell } = givenApp(['a']);
    await givenDone(app.library, 'a');
    await app.saveAs(resultOf(app, 'a'));
    expect(shell.saveResult.mock.calls[0]?.[1]).toEqual({ kind: 'png', quality: 92 });
    expect(said(app)).toEqual(['Saved to /saved/photo.png']);
    expect(app.question).toBeUndefined();
  });

  it('says nothing where the dialog was closed', async () => {
    const { app, shell } = givenApp(['a']);
    shell.saveResult.mockResolvedValue({ kind: 'closed' });
    await givenDone(app.library, 'a');
    await app.saveAs(resultOf(app, 'a'));
    expect(said(app)).toEqual([]);
  });

  it('says why it failed, and leaves that to be read', async () => {
    vi.useFakeTimers();
    const { app, shell } = givenApp(['a']);
    const messages = { en: 'The disk is full.', 'zh-CN': '磁盘已满。' };
    shell.saveResult.mockRejectedValue({ code: 'DISK_FULL', messages });
    await givenDone(app.library, 'a');
    await app.saveAs(resultOf(app, 'a'));
    await vi.advanceTimersByTimeAsync(60_000);
    expect(said(app)).toEqual(['The disk is full.']);
    vi.useRealTimers();
  });
});

describe('Saving over an original', () => {
  it('is asked about a second time, with the path and what is lost', async () => {
    const { app, shell } = givenApp(['a']);
    shell.saveResult.mockResolvedValue(ORIGINAL);
    await givenDone(app.library, 'a');
    const saving = app.saveAs(resultOf(app, 'a'));
    await vi.waitFor(() => expect(app.question).toBeDefined());
    expect(app.question?.text).toContain('/photos/a');
    expect(shell.saveOverOriginal).not.toHaveBeenCalled();
    app.question?.answer(true);
    await saving;
    expect(shell.saveOverOriginal).toHaveBeenCalledExactlyOnceWith(
      resultOf(app, 'a'),
      { kind: 'png', quality: 92 },
      '/photos/a',
    );
    expect(said(app)).toEqual(['Saved to /saved/photo.png']);
  });

  it('is not done where the answer is no: another name is asked for', async () => {
    const { app, shell } = givenApp(['a']);
    shell.saveResult.mockResolvedValueOnce(ORIGINAL);
    await givenDone(app.library, 'a');
    const saving = app.saveAs(resultOf(app, 'a'));
    await vi.waitFor(() => expect(app.question).toBeDefined());
    app.question?.answer(false);
    await saving;
    expect(shell.saveOverOriginal).not.toHaveBeenCalled();
    expect(shell.saveResult).toHaveBeenCalledTimes(2);
    expect(app.question).toBeUndefined();
  });
});

describe('Saving all', () => {
  it('saves every result that there is into the chosen folder, under the chosen names', async () => {
    const { app, shell } = givenApp(['a', 'b', 'c']);
    shell.pickFolder.mockResolvedValue('/chosen');
    shell.saveAll.mockResolvedValue({ kind: 'done', paths: ['/chosen/1', '/chosen/2'] });
    await givenDone(app.library, 'a');
    await givenDone(app.library, 'c');
    app.template = '{name} in color';
    await app.saveAll();
    const [results, , template, folder] = shell.saveAll.mock.calls[0] ?? [];
    expect(results?.map(({ title }) => title)).toEqual(['a', 'c']);
    expect([template, folder]).toEqual(['{name} in color', '/chosen']);
    expect(said(app)).toEqual(['2 photos saved']);
  });

  it('saves nothing where no folder was chosen', async () => {
    const { app, shell } = givenApp(['a']);
    await givenDone(app.library, 'a');
    await app.saveAll();
    expect(shell.saveAll).not.toHaveBeenCalled();
  });
});
