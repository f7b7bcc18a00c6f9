// Newer versions: not asked for unless somebody has agreed, and told in a way that can be missed by nobody.

import { afterEach, describe, expect, it, vi } from 'vitest';
import { SETTINGS } from '../../../tests/examples';
import { givenApp, said } from '../../../tests/given';
import type { VersionNews } from '../protocol/wire';

const NEWER: VersionNews = { kind: 'newer', version: '0.2.0' };
const AGREED = { settings: { ...SETTINGS, may_look_for_versions: true } };

afterEach(() => vi.unstubAllGlobals());

describe('Newer versions', () => {
  it('are not looked for unasked', async () => {
    const { app, shell } = givenApp();
    await app.start();
    expect(shell.lookForNewerVersion).not.toHaveBeenCalled();
    app.stop();
  });

  it('are told at the start where that was agreed to, until closed, with a way to their page', async () => {
    vi.useFakeTimers();
    const { app, shell } = givenApp([], AGREED);
    shell.lookForNewerVersion.mockResolvedValue(NEWER);
    await app.start();
    vi.advanceTimersByTime(60_000);
    vi.useRealTimers();
    expect(said(app)).toEqual(['Version 0.2.0 of Tintype is there.']);
    expect(app.toasts[0]?.action?.label).toBe('Open its page');
    app.toasts[0]?.action?.run();
    expect(shell.showNewerVersion).toHaveBeenCalledOnce();
    app.stop();
  });

  it('are said nothing of where there is none, or where it could not be found out', async () => {
    const unknown: VersionNews = { kind: 'unknown', messages: { en: 'No.', 'zh-CN': '\u5426' } };
    for (const news of [{ kind: 'newest' } as const, unknown]) {
      const { app, shell } = givenApp([], AGREED);
      shell.lookForNewerVersion.mockResolvedValue(news);
      await app.updates.look();
      expect(said(app)).toEqual([]);
      expect(app.updates.news).toEqual(news);
    }
    const { app, shell } = givenApp([], AGREED);
    shell.lookForNewerVersion.mockRejectedValue({ code: 'INTERNAL', messages: {} });
    await app.updates.look();
    expect(said(app)).toEqual([]);
  });

  it('are looked for from the moment that somebody agrees, and not before', async () => {
    const { app, shell } = givenApp();
    shell.lookForNewerVersion.mockResolvedValue(NEWER);
    const refused = app.updates.switchOn();
    expect(app.question?.text).toContain('github.com');
    app.question?.answer(false);
    await refused;
    expect(shell.changeSettings).not.toHaveBeenCalled();
    expect(shell.lookForNewerVersion).not.toHaveBeenCalled();

    const agreed = app.updates.switchOn();
    app.question?.answer(true);
    await agreed;
    expect(shell.changeSettings).toHaveBeenCalledExactlyOnceWith(AGREED.settings);
    expect(shell.lookForNewerVersion).toHaveBeenCalledOnce();
    expect(app.updates.news).toEqual(NEWER);

    await app.updates.switchOff();
    expect(shell.changeSettings).toHaveBeenLastCalledWith(SETTINGS);
    expect(app.updates.news).toBeUndefined();
  });

  it('are not told of once that is switched off', async () => {
    const { app, shell } = givenApp([], AGREED);
    let answer: (news: VersionNews) => void = () => undefined;
    shell.lookForNewerVersion.mockReturnValue(new Promise((resolve) => (answer = resolve)));
    const looking = app.updates.look();
    await app.updates.switchOff();
    answer(NEWER);
    await looking;
    expect(said(app)).toEqual([]);
    expect(app.updates.news).toBeUndefined();
  });
});
