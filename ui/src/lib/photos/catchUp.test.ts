// After the socket was away: the window asks for what it has missed.

import { afterEach, describe, expect, it, vi } from 'vitest';
import { errorBody, historyEntry, output, photo, progress, queueEntry, stopped } from '../../../tests/examples';
import { givenDone, givenLibrary, givenRunning, jobIn, photoIn } from '../../../tests/given';

afterEach(() => vi.unstubAllGlobals());

describe('Catching up', () => {
  it('takes in the jobs of the queue with their photos, those that run before those that wait', async () => {
    const { library, server } = givenLibrary();
    const extra = { ...photo('oma.jpg'), size: 640, checkpoint: 'published.pth' };
    server.running = [queueEntry('one', extra)];
    server.pending = [queueEntry('two', photo('opa.jpg'))];
    await library.catchUp();
    expect(library.list.map(({ title }) => title)).toEqual(['oma.jpg', 'opa.jpg']);
    expect(jobIn(library, 'oma.jpg')).toMatchObject({ id: 'one', size: 640, checkpoint: 'published.pth' });
    expect(library.live).toHaveLength(2);
    library.hear(progress('one', 0.6));
    expect(jobIn(library, 'oma.jpg').state).toMatchObject({ share: 0.6 });
  });

  it("shows another program's job too, under its id where it has no name", async () => {
    const { library, server } = givenLibrary();
    server.running = [queueEntry('from-elsewhere')];
    await library.catchUp();
    expect(library.list.map(({ title }) => title)).toEqual(['from-elsewhere']);
  });

  it('leaves alone what it knows and what still runs', async () => {
    const { library, server, ended } = givenLibrary('a');
    const { id } = await givenRunning(library, 'a', 0.5);
    server.running = [queueEntry(id, photo('a'))];
    await library.catchUp();
    expect(jobIn(library, 'a').state).toMatchObject({ kind: 'running', share: 0.5 });
    expect(library.batchTotal).toBe(1);
    expect(ended).not.toHaveBeenCalled();
    expect(server.asked('/history')).toEqual([]);
  });

  it('ends what was done meanwhile, with its files', async () => {
    const { library, server, ended } = givenLibrary('a');
    const { id } = await givenRunning(library, 'a', 0.5);
    server.history = { [id]: historyEntry(id, 'completed', photo('a')) };
    await library.catchUp();
    expect(jobIn(library, 'a').state).toEqual({
      kind: 'done',
      outputs: [output(`${id}.png`)],
      elapsedMs: 5000,
      timings: { inference: 4000 },
    });
    expect(ended).toHaveBeenCalledOnce();
  });

  it('ends what has failed or was cancelled meanwhile, with the reason', async () => {
    const { library, server } = givenLibrary('a', 'b');
    const first = await givenRunning(library, 'a', 0.5);
    const second = await givenRunning(library, 'b', 0);
    server.history = {
      [first.id]: historyEntry(first.id, 'failed', photo('a')),
      [second.id]: historyEntry(second.id, 'cancelled', photo('b')),
    };
    await library.catchUp();
    expect(jobIn(library, 'a').state).toEqual({ kind: 'failed', error: errorBody('IMAGE_CORRUPT') });
    expect(jobIn(library, 'b').state).toEqual({ kind: 'cancelled' });
    expect(library.live).toEqual([]);
  });

  it('ends nothing that neither the queue nor the history knows: it may be on its way', async () => {
    const { library } = givenLibrary('a');
    await givenRunning(library, 'a', 0.5);
    await library.catchUp();
    expect(jobIn(library, 'a').state.kind).toBe('running');
  });

  it('counts a job once whose submission is answered only afterwards, and keeps what came of it', async () => {
    const { library, server } = givenLibrary('a');
    server.beforeAnswer = async (id) => {
      server.running = [queueEntry(id, photo('a'))];
      await library.catchUp();
      library.hear(stopped(id, 'completed'));
    };
    const id = await library.colorize(photoIn(library, 'a'), 512, 'starter');
    expect(photoIn(library, 'a').jobs).toEqual([id]);
    expect(library.batchTotal).toBe(1);
    expect(jobIn(library, 'a').state.kind).toBe('done');
  });

  it('loses nothing that is told of a job before the queue has been answered', async () => {
    const { library, server, shell } = givenLibrary();
    server.running = [queueEntry('left', photo('a'))];
    // The server tells by itself where each live job is, as soon as it is connected to.
    shell.isPaused.mockImplementation(async () => {
      library.hear(progress('left', 0.4));
      return false;
    });
    await library.catchUp();
    expect(jobIn(library, 'a').state).toMatchObject({ kind: 'running', share: 0.4 });
  });

  it('learns whether the queue is paused, and is connected from then on', async () => {
    const { library, shell } = givenLibrary();
    shell.paused = true;
    expect(library.isConnected).toBe(false);
    await library.catchUp();
    expect([library.isConnected, library.isPaused]).toEqual([true, true]);
  });
});

describe('A job of the history that is opened', () => {
  it('is shown with its photo, its result and its colors as they were adjusted', () => {
    const { library } = givenLibrary('other.jpg');
    const adjustment = { strength: 0.5, warmth: 0.1, taming: 0.2 };
    const extra = { ...photo('oma.jpg'), size: 640, checkpoint: 'starter', adjustment };
    library.show('old', historyEntry('old', 'completed', extra));
    expect(library.current?.title).toBe('oma.jpg');
    expect(library.currentJob).toMatchObject({ id: 'old', size: 640, adjustment, state: { kind: 'done' } });
    expect(library.batchTotal).toBe(0);
  });

  it('joins the other jobs of a photo that is here already, once', async () => {
    const { library } = givenLibrary('a');
    const { id } = await givenDone(library, 'a');
    library.show('old', historyEntry('old', 'completed', photo('a')));
    library.show('old', historyEntry('old', 'completed', photo('a')));
    expect(library.list).toHaveLength(1);
    expect(library.current).toMatchObject({ job: 'old', jobs: [id, 'old'] });
    library.choose('a', id);
    expect(library.currentJob?.id).toBe(id);
  });
});
