// What the window does not do yet as it should. Each of these fails today; once it is put right, the
// test says so, and moves to the file of its subject.

import { afterEach, describe, expect, it, vi } from 'vitest';
import { errorBody, forecast, historyEntry, photo, progress, queueEntry, refusal, stopped } from '../../../tests/examples';
import { givenApp, givenDone, givenLibrary, givenRunning, jobIn, photoIn } from '../../../tests/given';
import { FakeShell } from '../../../tests/fakeShell';
import { Live } from '../backend/live';
import type { Connection, ConnectionEvents } from '../backend/shell';
import { sizesToCompare } from '../photos/sizes';
import type { Forecast } from '../protocol/wire';

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});

describe('Known', () => {
  it('pressing Colorize twice colors each photo once', async () => {
    const { app, server } = givenApp(['a', 'b']);
    await Promise.all([app.colorizeWhatIsThere(), app.colorizeWhatIsThere()]);
    expect(server.submissions).toHaveLength(2);
  });

  it('a photo taken out while the queue is full is not colored later', async () => {
    vi.useFakeTimers();
    const { library, server } = givenLibrary('a', 'b');
    await givenRunning(library, 'a', 0.2);
    server.refusals = [refusal('QUEUE_FULL')];
    const queueing = library.colorize(photoIn(library, 'b'), 512, 'starter');
    await vi.advanceTimersByTimeAsync(1);
    library.remove('b');
    await vi.runAllTimersAsync();
    await queueing;
    expect(server.submissions).toHaveLength(2);
  });

  it('cancelled photos are not told of as colored', async () => {
    vi.spyOn(document, 'hasFocus').mockReturnValue(false);
    const { app, shell } = givenApp(['a', 'b']);
    await givenRunning(app.library, 'a', 0.2);
    await givenRunning(app.library, 'b', 0.2);
    app.library.hear(stopped(jobIn(app.library, 'a').id, 'cancelled'));
    app.library.hear(stopped(jobIn(app.library, 'b').id, 'cancelled'));
    expect(shell.notify.mock.calls.map(([, text]) => text)).not.toContain('2 photos have their colors back.');
  });

  it('a job adopted from the queue while its submission is unanswered counts once and keeps its state', async () => {
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

  it('what the server tells of live jobs right after the connection is not lost', async () => {
    const { app, server, shell } = givenApp();
    server.running = [queueEntry('left', photo('a'))];
    await app.start();
    shell.say(progress('left', 0.4));
    await vi.waitFor(() => expect(app.library.live).toHaveLength(1));
    expect(jobIn(app.library, 'a').state).toMatchObject({ kind: 'running', share: 0.4 });
  });

  it('a late failure of a forecast is dropped', async () => {
    const { app, shell } = givenApp(['a']);
    const failing: ((error: unknown) => void)[] = [];
    shell.forecast.mockImplementationOnce(() => new Promise((_, reject) => failing.push(reject)));
    const late = app.foresee(photoIn(app.library, 'a'), 'starter', 384);
    app.useSize(416);
    await app.foresee(photoIn(app.library, 'a'), 'starter', 416);
    failing[0]?.(errorBody('IMAGE_CORRUPT'));
    await late;
    expect(app.forecast).toEqual(forecast(416));
  });

  it('a late forecast of another photo is dropped', async () => {
    const { app, shell } = givenApp(['a', 'b']);
    const answers: ((forecast: Forecast) => void)[] = [];
    shell.forecast.mockImplementationOnce(() => new Promise((resolve) => answers.push(resolve)));
    const late = app.foresee(photoIn(app.library, 'a'), 'starter', 384);
    app.library.selected = 'b';
    await app.foresee(photoIn(app.library, 'b'), 'starter', 384);
    answers[0]?.(forecast(384, { largest: 999 }));
    await late;
    expect(app.forecast?.largest).toBe(1024);
  });

  it('a socket stopped while it connects is closed', async () => {
    const shell = new FakeShell();
    const open: ((connection: Connection) => void)[] = [];
    shell.connect.mockImplementation(() => new Promise((resolve) => open.push(resolve)));
    const live = new Live(shell, 'ws://server', { message: vi.fn(), connected: vi.fn(), disconnected: vi.fn() });
    const starting = live.start();
    live.stop();
    open[0]?.({ close: shell.closeConnection });
    await starting;
    expect(shell.closeConnection).toHaveBeenCalledOnce();
  });

  it('a socket that closes before it is handed over does not count as connected', async () => {
    vi.useFakeTimers();
    const shell = new FakeShell();
    shell.connect.mockImplementationOnce(async (_url: string, events: ConnectionEvents) => {
      events.closed();
      return { close: shell.closeConnection };
    });
    const connected = vi.fn();
    const live = new Live(shell, 'ws://server', { message: vi.fn(), connected, disconnected: vi.fn() });
    await live.start();
    expect(connected).not.toHaveBeenCalled();
  });

  it('sizes to compare are distinct in a narrow band of a workflow', () => {
    const sizes = sizesToCompare(512, [512, 544], 'published.pth');
    expect(new Set(sizes).size).toBe(sizes.length);
  });

  it('history leaves the result adjusted in this window as it is', async () => {
    const { library } = givenLibrary('a');
    const { id } = await givenDone(library, 'a');
    const warm = { strength: 1, warmth: 0.5, taming: 0 };
    library.pastOf(jobIn(library, 'a')).push(warm);
    library.adjust(id, warm);
    library.show(id, historyEntry(id, 'completed', photo('a')));
    expect(jobIn(library, 'a').adjustment).toEqual(warm);
  });

  it('a second question does not leave the first one without an answer', async () => {
    const { app } = givenApp();
    const question = { title: '', text: '', yes: '', no: '' };
    const first = vi.fn();
    void app.ask(question).then(first);
    void app.ask(question);
    await Promise.resolve();
    await Promise.resolve();
    expect(first).toHaveBeenCalledWith(false);
  });
});
