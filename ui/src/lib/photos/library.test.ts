// The photos of the window, and what comes of coloring them.

import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { photo, progress, queued, refusal, started, stopped } from '../../../tests/examples';
import { givenDone, givenLibrary, givenRunning, jobIn, photoIn } from '../../../tests/given';

beforeEach(() => vi.useFakeTimers());
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

describe('A photo', () => {
  it('is taken in once, however often it is added', () => {
    const { library } = givenLibrary();
    expect(library.add(photo('oma.jpg'))).toBe(true);
    expect(library.add(photo('oma.jpg', { title: 'another title' }))).toBe(false);
    expect(library.list.map(({ title }) => title)).toEqual(['oma.jpg']);
  });

  it('is looked at if it is the first one, and takes no attention from another', () => {
    const { library } = givenLibrary('first.jpg', 'second.jpg');
    expect(library.current?.name).toBe('first.jpg');
  });

  it('that is taken out leaves the look to the next one, or else to the one before', () => {
    const { library } = givenLibrary('a', 'b', 'c');
    library.selected = 'b';
    library.remove('b');
    expect(library.selected).toBe('c');
    library.remove('c');
    expect(library.selected).toBe('a');
    library.remove('a');
    expect(library.current).toBeUndefined();
  });

  it('that is taken out while it is colored is cancelled', async () => {
    const { library, server } = givenLibrary('a');
    const { id } = await givenRunning(library, 'a', 0.3);
    library.remove('a');
    await vi.runAllTimersAsync();
    expect(server.asked('/queue').map(({ body }) => body)).toEqual([{ delete: [id] }]);
    expect(server.asked('/interrupt').map(({ body }) => body)).toEqual([{ prompt_id: id }]);
  });

  it('that is taken out after it was colored bothers the server with nothing', async () => {
    const { library, server } = givenLibrary('a');
    await givenDone(library, 'a');
    const before = server.requests.length;
    library.remove('a');
    await vi.runAllTimersAsync();
    expect(server.requests.length).toBe(before);
  });
});

describe('Coloring', () => {
  it('sends the workflow with what is needed to show the photo again', async () => {
    const { library, server } = givenLibrary('oma.jpg');
    await library.colorize(photoIn(library, 'oma.jpg'), 640, 'published.pth');
    const [submission] = server.submissions;
    expect(submission?.client_id).toBe('the-window');
    expect(submission?.prompt['2']?.inputs['model_input_size']).toBe(640);
    expect(submission?.extra_data).toEqual({
      ...photo('oma.jpg'),
      size: 640,
      checkpoint: 'published.pth',
    });
  });

  it('makes the job the one that is looked at, and keeps the ones before', async () => {
    const { library } = givenLibrary('a');
    const first = await library.colorize(photoIn(library, 'a'), 512, 'starter');
    const second = await library.colorize(photoIn(library, 'a'), 640, 'starter');
    expect(photoIn(library, 'a').jobs).toEqual([first, second]);
    expect(jobIn(library, 'a')).toMatchObject({ id: second, size: 640 });
  });

  it('follows the messages to the end, and says so once', async () => {
    const { library, ended } = givenLibrary('a');
    const { id } = await givenRunning(library, 'a', 0.4);
    expect(jobIn(library, 'a').state).toMatchObject({ kind: 'running', share: 0.4 });
    library.hear(stopped(id, 'completed'));
    library.hear(stopped(id, 'completed'));
    expect(jobIn(library, 'a').state.kind).toBe('done');
    expect(ended).toHaveBeenCalledOnce();
    expect(ended.mock.calls[0]?.[0]?.name).toBe('a');
  });

  it('loses no message that comes before the answer to the submission', async () => {
    const { library, server, ended } = givenLibrary('a');
    server.beforeAnswer = (id) => {
      library.hear(queued(id, 1));
      library.hear(started(id));
      library.hear(progress(id, 0.7));
    };
    const id = await library.colorize(photoIn(library, 'a'), 512, 'starter');
    expect(jobIn(library, 'a')).toMatchObject({ id, state: { kind: 'running', share: 0.7 } });
    expect(ended).not.toHaveBeenCalled();
  });

  it('has ended where even the last message came before the answer', async () => {
    const { library, server, ended } = givenLibrary('a');
    server.beforeAnswer = (id) => library.hear(stopped(id, 'completed'));
    await library.colorize(photoIn(library, 'a'), 512, 'starter');
    expect(jobIn(library, 'a').state.kind).toBe('done');
    expect(library.live).toEqual([]);
    expect(ended).toHaveBeenCalledOnce();
  });

  it("is not confused by another program's job", async () => {
    const { library } = givenLibrary('a');
    await givenRunning(library, 'a', 0.2);
    library.hear(progress('of-another-program', 0.9));
    expect(library.jobs.size).toBe(1);
    expect(jobIn(library, 'a').state).toMatchObject({ share: 0.2 });
  });

  it('waits while the queue is full, and goes on when there is room', async () => {
    const { library, server } = givenLibrary('a', 'b');
    await givenRunning(library, 'a', 0.2);
    server.refusals = [refusal('QUEUE_FULL'), refusal('QUEUE_FULL')];
    const queueing = library.colorize(photoIn(library, 'b'), 512, 'starter');
    await vi.runAllTimersAsync();
    expect(await queueing).toBe(jobIn(library, 'b').id);
    expect(library.troubles.size).toBe(0);
    expect(server.submissions).toHaveLength(4);
  });

  it('forgets a photo that is taken out while it waits for room', async () => {
    const { library, server } = givenLibrary('a', 'b');
    await givenRunning(library, 'a', 0.2);
    server.refusals = [refusal('QUEUE_FULL')];
    const queueing = library.colorize(photoIn(library, 'b'), 512, 'starter');
    await vi.advanceTimersByTimeAsync(1);
    library.remove('b');
    await vi.runAllTimersAsync();
    await queueing;
    expect(server.submissions.map(({ extra_data }) => extra_data.name)).toEqual(['a', 'b']);
  });

  it('does not wait for a queue that is full of what is not ours', async () => {
    const { library, server } = givenLibrary('a');
    server.refusals = [refusal('QUEUE_FULL')];
    expect(await library.colorize(photoIn(library, 'a'), 512, 'starter')).toBeUndefined();
    expect(library.troubles.get('a')?.code).toBe('QUEUE_FULL');
  });
});

describe('Cancelling', () => {
  it('asks for the end of what waits and of what runs, and lets the server say when it is over', async () => {
    const { library, server } = givenLibrary('a', 'b');
    const running = await givenRunning(library, 'a', 0.2);
    const waiting = await library.colorize(photoIn(library, 'b'), 512, 'starter');
    await library.cancelAll();
    expect(server.asked('/queue').map(({ body }) => body)).toEqual([{ delete: [running.id, waiting] }]);
    expect(server.asked('/interrupt').map(({ body }) => body)).toEqual([{ prompt_id: running.id }]);
    expect(library.live).toHaveLength(2);
    library.hear(stopped(running.id, 'cancelled'));
    expect(jobIn(library, 'a').state.kind).toBe('cancelled');
  });

  it('asks nothing about a job that is not known', async () => {
    const { library, server } = givenLibrary();
    await library.cancel('unknown');
    expect(server.requests).toEqual([]);
  });
});
