// The window and its models: what the socket tells reaches them, and files of models find their way.

import { afterEach, describe, expect, it, vi } from 'vitest';
import { errorBody, importedModel, photo, publishedModel, transfer } from '../../../tests/examples';
import { givenApp, said } from '../../../tests/given';
import { shareOfStep } from '../models/standing';

afterEach(() => vi.unstubAllGlobals());

const model = publishedModel();

async function givenStarted() {
  const given = givenApp();
  given.server.zoo = { models: [model], addons: [], folder: '/data/models' };
  await given.app.start();
  await vi.waitFor(() => expect(given.app.zoo.models).toHaveLength(1));
  return given;
}

describe('What the socket tells of a model', () => {
  it('moves its bar, and no photo', async () => {
    const { app, shell } = await givenStarted();
    const data = transfer('downloading', { received: 250, bytes: 1000 });
    shell.say({ type: 'model', data });
    const told = app.zoo.transfers.get(model.id);
    expect(told && shareOfStep(told)).toBe(0.25);
    expect(app.library.jobs.size).toBe(0);
    app.stop();
  });

  it('has both lists asked for again when it is the end', async () => {
    const { app, server, shell } = await givenStarted();
    shell.say({ type: 'model', data: transfer('downloading') });
    server.zoo = { ...server.zoo, models: [publishedModel({ state: 'installed' })] };
    server.checkpoints = ['starter', model.checkpoint];
    shell.say({ type: 'model', data: transfer('installed') });
    await vi.waitFor(() => expect(app.checkpoints).toEqual(['starter', model.checkpoint]));
    expect(app.zoo.find(model.id)?.state).toBe('installed');
    app.stop();
  });

  it('may be missed while the socket is gone: the list is asked for when it is back', async () => {
    const { app, server, shell } = await givenStarted();
    shell.say({ type: 'model', data: transfer('downloading') });
    server.zoo = { ...server.zoo, models: [publishedModel({ state: 'installed' })] };
    shell.connections[0]?.closed();
    await vi.waitFor(() => expect(app.zoo.find(model.id)?.state).toBe('installed'));
    expect(app.zoo.transfers.size).toBe(0);
    app.stop();
  });
});

describe('A file of a model', () => {
  it('that is dropped anywhere is imported, and the models are shown', async () => {
    const { app, server, shell } = await givenStarted();
    const before = server.asked('/zoo').length;
    shell.arrivals = [{ kind: 'model', ...importedModel() }];
    app.page = 'history';
    shell.drops?.drop(['/models/oma.pth']);
    await vi.waitFor(() => expect(said(app)[0]).toContain('“oma” is imported from /models/oma.pth'));
    expect(shell.addFiles.mock.calls[0]?.[0]).toEqual(['/models/oma.pth']);
    expect(app.page).toBe('models');
    await vi.waitFor(() => expect(server.asked('/zoo').length).toBe(before + 1));
    app.stop();
  });

  it('among photos leaves the photos in front', async () => {
    const { app, shell } = givenApp();
    shell.arrivals = [{ kind: 'added', ...photo('a.jpg') }, { kind: 'model', ...importedModel() }];
    await app.addFiles(['/a.jpg', '/models/oma.pth']);
    expect(app.page).toBe('photos');
    expect(app.library.list).toHaveLength(1);
  });

  it('that cannot be used is refused as any other file is', async () => {
    const { app, shell } = givenApp();
    shell.arrivals = [{ kind: 'refused', title: 'oma.pth', messages: errorBody('MODEL_INVALID').messages }];
    await app.addFiles(['/models/oma.pth']);
    expect(app.toasts.map(({ text, kind }) => [kind, text])).toEqual([
      ['error', 'oma.pth: What MODEL_INVALID means.'],
    ]);
  });

  it('is picked in a dialog, or not at all where that was closed', async () => {
    const { app, shell } = givenApp();
    await app.importModels();
    expect(shell.addFiles).not.toHaveBeenCalled();
    shell.pickModels.mockResolvedValue(['/models/oma.pth']);
    await app.importModels();
    expect(shell.pickModels).toHaveBeenLastCalledWith('Import a model file');
    expect(shell.addFiles.mock.calls[0]?.[0]).toEqual(['/models/oma.pth']);
  });
});
