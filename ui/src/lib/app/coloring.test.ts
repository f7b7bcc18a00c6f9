// What is colored, how, and what is foreseen of it.

import { afterEach, describe, expect, it, vi } from 'vitest';
import { forecast, refusal, WORKFLOW } from '../../../tests/examples';
import { givenApp, givenDone, photoIn } from '../../../tests/given';
import type { Forecast } from '../protocol/wire';

afterEach(() => vi.unstubAllGlobals());

describe('Coloring', () => {
  it('takes every photo that has no result yet', async () => {
    const { app, server } = givenApp(['a', 'b', 'c']);
    await givenDone(app.library, 'a');
    await app.colorizeWhatIsThere();
    expect(server.submissions.map(({ extra_data }) => extra_data.name)).toEqual(['a', 'b', 'c']);
    expect(app.ready).toEqual([]);
  });

  it('takes the photo that is looked at once more where all have a result', async () => {
    const { app, server } = givenApp(['a', 'b']);
    await givenDone(app.library, 'a');
    await givenDone(app.library, 'b');
    app.library.selected = 'b';
    await app.colorizeWhatIsThere();
    expect(server.submissions.map(({ extra_data }) => extra_data.name)).toEqual(['a', 'b', 'b']);
  });

  it('takes each photo once, also where it is asked for twice in a row', async () => {
    const { app, server } = givenApp(['a', 'b']);
    await Promise.all([app.colorizeWhatIsThere(), app.colorizeWhatIsThere()]);
    expect(server.submissions.map(({ extra_data }) => extra_data.name)).toEqual(['a', 'b']);
  });

  it('does nothing in an empty window', async () => {
    const { app, server } = givenApp();
    await app.colorizeWhatIsThere();
    expect(server.submissions).toEqual([]);
  });

  it('goes on with the other photos where one is refused', async () => {
    const { app, server } = givenApp(['a', 'b']);
    server.refusals = [refusal('IMAGE_CORRUPT')];
    await app.colorizeWhatIsThere();
    expect(app.library.troubles.get('a')?.code).toBe('IMAGE_CORRUPT');
    expect(photoIn(app.library, 'b').jobs).toHaveLength(1);
  });

  it('uses the chosen size and model', async () => {
    const { app, server } = givenApp(['a']);
    app.useCheckpoint('published.pth');
    app.useSize(700);
    await app.colorizeWhatIsThere();
    expect(server.submissions[0]?.extra_data).toMatchObject({ size: 704, checkpoint: 'published.pth' });
  });

  it('takes what is chosen at that moment, for all of the photos', async () => {
    const { app, server } = givenApp(['a', 'b']);
    app.library.restore('b', { levels: 0.4 });
    await app.changeSaving({ metadata: 'strip' });
    server.beforeAnswer = () => {
      app.library.restore('b', { levels: 0.9 });
      return app.changeSaving({ metadata: 'keep' });
    };
    await app.colorizeWhatIsThere();
    expect(server.submissions.map(({ prompt }) => prompt['2']?.inputs['levels'])).toEqual([undefined, 0.4]);
    expect(server.submissions.map(({ prompt }) => prompt['3']?.inputs['metadata'])).toEqual(['strip', 'strip']);
  });

  it('uses the workflow that was dropped, with the photo in it', async () => {
    const { app, server } = givenApp(['a']);
    app.useWorkflow(WORKFLOW);
    await app.colorizeWhatIsThere();
    expect(server.submissions[0]?.prompt['a']).toEqual({ class_type: 'LoadImage', inputs: { image: 'a' } });
    expect(server.submissions[0]?.prompt['c']).toEqual(WORKFLOW.prompt['c']);
  });
});

describe('A size', () => {
  it('that is no number changes nothing', () => {
    const { app } = givenApp();
    const before = app.size;
    app.useSize(Number.NaN);
    expect(app.size).toBe(before);
  });

  it('follows the scene and the model', () => {
    const { app } = givenApp();
    expect(app.size).toBe(384);
    app.useCheckpoint('published.pth');
    expect(app.size).toBe(512);
    app.useScene('buildings');
    expect(app.size).toBe(1056);
  });
});

describe('Comparing sizes', () => {
  it('colors the photo at three sizes and shows them side by side', async () => {
    const { app, server } = givenApp(['a']);
    app.checkpoints = ['published.pth'];
    app.useCheckpoint('published.pth');
    await app.compareSizes(photoIn(app.library, 'a'));
    expect(server.submissions.map(({ extra_data }) => extra_data.size)).toEqual([448, 512, 672]);
    expect(app.sheet).toEqual({ photo: 'a', jobs: photoIn(app.library, 'a').jobs });
  });

  it('restores the photo the same way at each of them', async () => {
    const { app, server } = givenApp(['a']);
    app.library.restore('a', { contrast: 0.3 });
    await app.changeSaving({ mark: true });
    await app.compareSizes(photoIn(app.library, 'a'));
    expect(server.submissions.map(({ prompt }) => prompt['2']?.inputs['contrast'])).toEqual([0.3, 0.3, 0.3]);
    expect(server.submissions.map(({ prompt }) => prompt['3']?.inputs['mark'])).toEqual([true, true, true]);
  });

  it('takes a second model besides where there is one', async () => {
    const { app, server } = givenApp(['a']);
    app.checkpoints = ['one.pth', 'other.pth', 'third.pth'];
    app.useCheckpoint('other.pth');
    await app.compareSizes(photoIn(app.library, 'a'));
    const models = server.submissions.map(({ extra_data }) => extra_data.checkpoint);
    expect(models).toEqual([...Array(3).fill('other.pth'), ...Array(3).fill('one.pth')]);
  });

  it('shows nothing where the photo is refused at every size', async () => {
    const { app, server } = givenApp(['a']);
    server.refusals = Array.from({ length: 3 }, () => refusal('IMAGE_CORRUPT'));
    await app.compareSizes(photoIn(app.library, 'a'));
    expect(app.sheet).toBeUndefined();
  });
});

describe('A forecast', () => {
  it('is asked for the photo, model and size, and shown', async () => {
    const { app, shell } = givenApp(['a']);
    await app.foresee(photoIn(app.library, 'a'), app.checkpoint, app.size);
    expect(shell.forecast).toHaveBeenCalledExactlyOnceWith('a', 'starter', [384]);
    expect(app.forecast).toEqual(forecast(384));
  });

  it('of a size or a model that is no longer chosen is dropped', async () => {
    const { app, shell } = givenApp(['a']);
    const answers: ((forecast: Forecast) => void)[] = [];
    shell.forecast.mockImplementation(() => new Promise((resolve) => answers.push(resolve)));
    const photo = photoIn(app.library, 'a');
    const late = app.foresee(photo, 'starter', 384);
    app.useSize(416);
    const now = app.foresee(photo, 'starter', 416);
    answers[1]?.(forecast(416));
    await now;
    answers[0]?.(forecast(384));
    await late;
    expect(app.forecast).toEqual(forecast(416));
  });

  it('of a photo that is no longer looked at is dropped', async () => {
    const { app, shell } = givenApp(['a', 'b']);
    const answers: ((forecast: Forecast) => void)[] = [];
    shell.forecast.mockImplementationOnce(() => new Promise((resolve) => answers.push(resolve)));
    const late = app.foresee(photoIn(app.library, 'a'), 'starter', 384);
    app.library.selected = 'b';
    await app.foresee(photoIn(app.library, 'b'), 'starter', 384);
    answers[0]?.(forecast(384, { largest: 999 }));
    await late;
    expect(app.forecast).toEqual(forecast(384));
  });

  it('that fails after another size was chosen says nothing', async () => {
    const { app, shell } = givenApp(['a']);
    const failures: ((error: Error) => void)[] = [];
    shell.forecast.mockImplementationOnce(() => new Promise((_, reject) => failures.push(reject)));
    const photo = photoIn(app.library, 'a');
    const late = app.foresee(photo, 'starter', 384);
    app.useSize(416);
    await app.foresee(photo, 'starter', 416);
    failures[0]?.(new Error('too late'));
    await late;
    expect([app.forecast, app.forecastError]).toEqual([forecast(416), undefined]);
  });

  it('that fails says why, and takes the one before away', async () => {
    const { app, shell } = givenApp(['a']);
    const photo = photoIn(app.library, 'a');
    await app.foresee(photo, app.checkpoint, app.size);
    const messages = { en: 'The file is gone.', 'zh-CN': '文件不见了。' };
    shell.forecast.mockRejectedValueOnce({ code: 'IMAGE_CORRUPT', messages });
    await app.foresee(photo, app.checkpoint, app.size);
    expect(app.forecast).toBeUndefined();
    expect(app.forecastError).toEqual({ code: 'IMAGE_CORRUPT', message: 'The file is gone.', messages });
    await app.foresee(photo, app.checkpoint, app.size);
    expect(app.forecastError).toBeUndefined();
  });
});
