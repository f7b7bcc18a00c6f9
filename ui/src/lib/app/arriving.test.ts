// Photos and workflows come into the window: dropped, picked, or given by the system.

import { afterEach, describe, expect, it, vi } from 'vitest';
import { photo, progress, queueEntry, WORKFLOW } from '../../../tests/examples';
import { givenApp, jobIn, said } from '../../../tests/given';
import type { Arrival } from '../protocol/wire';

const added = (name: string): Arrival => ({ kind: 'added', ...photo(name) });

afterEach(() => vi.unstubAllGlobals());

describe('Files that arrive', () => {
  it('are shown as photos, and counted where there are many', async () => {
    const { app, shell } = givenApp();
    shell.arrivals = [added('a'), added('b')];
    app.page = 'settings';
    await app.addFiles(['/photos']);
    expect(app.library.list.map(({ title }) => title)).toEqual(['a', 'b']);
    expect(app.page).toBe('photos');
    expect(said(app)).toEqual(['2 photos added']);
  });

  it('need no words where one photo comes: it is there to be seen', async () => {
    const { app, shell } = givenApp();
    shell.arrivals = [added('a')];
    await app.addSample();
    expect(app.library.current?.title).toBe('a');
    expect(said(app)).toEqual([]);
  });

  it('are looked at where they were here already, instead of being there twice', async () => {
    const { app, shell } = givenApp(['a', 'b']);
    shell.arrivals = [added('b')];
    await app.addFiles(['/photos/b']);
    expect(app.library.list).toHaveLength(2);
    expect(app.library.selected).toBe('b');
    expect(said(app)).toEqual(['1 photo was here already']);
  });

  it('say of a file with several pages that the first is used', async () => {
    const { app, shell } = givenApp();
    shell.arrivals = [{ kind: 'added', ...photo('scans.tif', { pages: 7 }) }];
    await app.addFiles(['/photos/scans.tif']);
    expect(said(app)).toEqual(['scans.tif has 7 pages; the first is used.']);
  });

  it('are told of one by one where they are refused, and counted where they are no photos', async () => {
    const { app, shell } = givenApp();
    const messages = { en: 'The file is damaged.', 'zh-CN': '文件已损坏。' };
    shell.arrivals = [{ kind: 'refused', title: 'bad.jpg', messages }, { kind: 'skipped', files: 3 }];
    await app.addFiles(['/photos']);
    expect(app.toasts.map(({ text, kind }) => [kind, text])).toEqual([
      ['error', 'bad.jpg: The file is damaged.'],
      ['info', '3 files are no photos and were passed over'],
    ]);
  });

  it('that the shell cannot take in are told of', async () => {
    const { app, shell } = givenApp();
    const messages = { en: 'The disk is full.', 'zh-CN': '磁盘已满。' };
    shell.addFiles.mockRejectedValue({ code: 'DISK_FULL', messages });
    await app.addFiles(['/photos/a']);
    expect(said(app)).toEqual(['The disk is full.']);
  });

  it('come by dropping them, and the window shows where they may be dropped', async () => {
    const { app, shell } = givenApp();
    await app.start();
    shell.drops?.enter();
    expect(app.isDropping).toBe(true);
    shell.drops?.leave();
    expect(app.isDropping).toBe(false);
    shell.drops?.enter();
    shell.drops?.drop(['/photos/a']);
    expect(app.isDropping).toBe(false);
    expect(shell.addFiles.mock.calls[0]?.[0]).toEqual(['/photos/a']);
    app.stop();
  });

  it('come from the system when the program starts, and while it runs', async () => {
    const { app, shell } = givenApp();
    shell.waitingFiles = ['/photos/a'];
    await app.start();
    shell.waitingFiles = ['/photos/b'];
    shell.filesAreThere?.();
    await vi.waitFor(() => expect(shell.addFiles).toHaveBeenCalledTimes(2));
    expect(shell.addFiles.mock.calls.map(([paths]) => paths)).toEqual([['/photos/a'], ['/photos/b']]);
    app.stop();
  });

  it('come from the dialogs, and not at all where these were closed', async () => {
    const { app, shell } = givenApp();
    await app.openPhotos();
    await app.openFolder();
    expect(shell.addFiles).not.toHaveBeenCalled();
    shell.pickPhotos.mockResolvedValue(['/photos/a', '/photos/b']);
    shell.pickFolder.mockResolvedValue('/photos');
    await app.openPhotos();
    await app.openFolder();
    expect(shell.addFiles.mock.calls.map(([paths]) => paths)).toEqual([
      ['/photos/a', '/photos/b'],
      ['/photos'],
    ]);
  });
});

describe('A workflow that arrives', () => {
  it('is used from then on, with its sizes and its model where that is there', async () => {
    const { app, shell } = givenApp();
    app.checkpoints = ['starter', 'published.pth'];
    shell.arrivals = [{ kind: 'workflow', ...WORKFLOW, checkpoint: 'published.pth' }];
    await app.addFiles(['/workflow.json']);
    expect(app.checkpoint).toBe('published.pth');
    expect(app.band).toEqual([512, 768]);
    expect(app.size).toBe(576);
    expect(said(app)).toEqual(['Workflow “Old portraits” is used from now on']);
  });

  it('leaves the model as it is where its own is not there', () => {
    const { app } = givenApp();
    app.checkpoints = ['starter'];
    app.useWorkflow({ ...WORKFLOW, checkpoint: 'published.pth' });
    expect(app.checkpoint).toBe('starter');
  });

  it('is put away by choosing a scene', () => {
    const { app } = givenApp();
    app.checkpoint = 'published.pth';
    app.useWorkflow(WORKFLOW);
    app.useScene('buildings');
    expect(app.workflow).toBeUndefined();
    expect(app.band).toEqual([960, 1280]);
  });
});

describe('The start of the window', () => {
  it('shows the queue that was left, connected, with the models that there are', async () => {
    const { app, server, shell } = givenApp();
    server.pending = [queueEntry('left', photo('a'))];
    server.checkpoints = ['starter', 'published.pth'];
    await app.start();
    await vi.waitFor(() => expect(app.library.live).toHaveLength(1));
    expect(app.library.isConnected).toBe(true);
    expect(app.checkpoints).toEqual(['starter', 'published.pth']);
    shell.say(progress('left', 0.4));
    expect(jobIn(app.library, 'a').state).toMatchObject({ share: 0.4 });
    app.stop();
  });

  it('shows when the connection is gone', async () => {
    const { app, shell } = givenApp();
    await app.start();
    await vi.waitFor(() => expect(app.library.isConnected).toBe(true));
    shell.connections[0]?.closed();
    expect(app.library.isConnected).toBe(false);
    app.stop();
  });
});
