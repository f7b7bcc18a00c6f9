// The window asks before it closes over work, tells of work that has ended, and keeps what was chosen.

import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { SETTINGS, stopped } from '../../../tests/examples';
import { givenApp, givenDone, givenRunning, jobIn, said } from '../../../tests/given';
import { words } from '../i18n/words.svelte';

beforeEach(() => vi.useFakeTimers());
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
  words.use('en');
});

describe('Closing the window', () => {
  it('is not asked about while nothing is being colored', async () => {
    const { app, shell } = givenApp(['a']);
    await app.start();
    expect(await shell.askToClose?.()).toBe(true);
    expect(app.question).toBeUndefined();
    app.stop();
  });

  it.each([true, false])('is asked about while photos are being colored, and the answer counts: %s', async (answer) => {
    const { app, shell } = givenApp(['a', 'b']);
    await app.start();
    await givenRunning(app.library, 'a', 0.2);
    await givenDone(app.library, 'b');
    const closing = shell.askToClose?.();
    expect(app.question?.text).toContain('One photo is not done');
    app.question?.answer(answer);
    expect(await closing).toBe(answer);
    expect(app.question).toBeUndefined();
    app.stop();
  });
});

describe('The end of a batch', () => {
  async function endOfTwo(hasFocus: boolean) {
    vi.spyOn(document, 'hasFocus').mockReturnValue(hasFocus);
    const { app, shell } = givenApp(['a', 'b']);
    await givenRunning(app.library, 'a', 0.2);
    await givenRunning(app.library, 'b', 0.2);
    app.library.hear(stopped(jobIn(app.library, 'a').id, 'failed'));
    expect(shell.notify).not.toHaveBeenCalled();
    app.library.hear(stopped(jobIn(app.library, 'b').id, 'completed'));
    return shell;
  }

  it('is told by the system to whoever looks elsewhere, once, with what has failed', async () => {
    const shell = await endOfTwo(false);
    expect(shell.notify).toHaveBeenCalledExactlyOnceWith('Tintype is done', '1 photos done, 1 failed.');
  });

  it('is not told by the system to whoever looks at the window', async () => {
    const shell = await endOfTwo(true);
    expect(shell.notify).not.toHaveBeenCalled();
  });

  it('does not count what was cancelled as colored', async () => {
    vi.spyOn(document, 'hasFocus').mockReturnValue(false);
    const { app, shell } = givenApp(['a', 'b', 'c']);
    for (const name of ['a', 'b', 'c']) await givenRunning(app.library, name, 0.2);
    app.library.hear(stopped(jobIn(app.library, 'a').id, 'completed'));
    app.library.hear(stopped(jobIn(app.library, 'b').id, 'completed'));
    app.library.hear(stopped(jobIn(app.library, 'c').id, 'cancelled'));
    expect(shell.notify.mock.calls[0]?.[1]).toContain('2 photos');
  });

  it('is not told by the system of a single photo', async () => {
    vi.spyOn(document, 'hasFocus').mockReturnValue(false);
    const { app, shell } = givenApp(['a']);
    await givenDone(app.library, 'a');
    expect(shell.notify).not.toHaveBeenCalled();
  });
});

describe('A message over the window', () => {
  it('goes by itself, but one about an error stays until it is closed', async () => {
    const { app } = givenApp();
    app.say('Copied');
    app.say('It failed', 'error');
    await vi.advanceTimersByTimeAsync(60_000);
    expect(said(app)).toEqual(['It failed']);
    const [toast] = app.toasts;
    app.unsay(toast?.id ?? -1);
    expect(said(app)).toEqual([]);
  });

  it('tells of what happened before the window was there', () => {
    const notice = { en: 'The queue was damaged.', 'zh-CN': '队列已损坏。' };
    expect(said(givenApp([], { notice }).app)).toEqual(['The queue was damaged.']);
  });
});

describe('The language', () => {
  it("is the system's where none is chosen", () => {
    givenApp([], { system_language: 'zh-CN' });
    expect(words.t.colorize).toBe('上色');
  });

  it('is the chosen one, whatever the system speaks', () => {
    givenApp([], { system_language: 'zh-CN', settings: { ...SETTINGS, language: 'en' } });
    expect(words.t.colorize).toBe('Colorize');
  });

  it('changes at once when another one is chosen, and is kept', async () => {
    const { app, shell } = givenApp();
    await app.change({ language: 'zh-CN' });
    expect(words.t.colorize).toBe('上色');
    expect(shell.changeSettings).toHaveBeenCalledExactlyOnceWith({ ...SETTINGS, language: 'zh-CN' });
  });
});

describe('Another folder for results', () => {
  it('is kept in the settings', async () => {
    const { app, shell } = givenApp();
    shell.pickFolder.mockResolvedValue('/elsewhere');
    expect(await app.chooseOutputFolder()).toBe(true);
    expect(shell.changeSettings).toHaveBeenCalledWith({ ...SETTINGS, output: '/elsewhere' });
  });

  it('stays the old one where none was chosen', async () => {
    const { app, shell } = givenApp();
    expect(await app.chooseOutputFolder()).toBe(false);
    expect(shell.changeSettings).not.toHaveBeenCalled();
  });
});
