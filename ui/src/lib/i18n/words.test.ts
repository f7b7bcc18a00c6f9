// The language of the window.

import { afterEach, describe, expect, it } from 'vitest';
import { words } from './words.svelte';

afterEach(() => words.use('en'));

describe('The words of the window', () => {
  it('change with the language, and so does what the page says its language is', () => {
    expect(words.t.colorize).toBe('Colorize');
    words.use('zh-CN');
    expect(words.t.colorize).toBe('上色');
    expect(document.documentElement.lang).toBe('zh-CN');
  });

  it('pick the language out of a message that comes in every one', () => {
    const message = { en: 'Disk full', 'zh-CN': '磁盘已满' };
    expect(words.pick(message)).toBe('Disk full');
    words.use('zh-CN');
    expect(words.pick(message)).toBe('磁盘已满');
  });
});

describe('A time', () => {
  it.each([
    [0, 'less than a second'],
    [999, 'less than a second'],
    [1200, 'about a second'],
    [12_400, 'about 12 seconds'],
    [89_000, 'about 89 seconds'],
    [90_000, 'about 2 minutes'],
    [3_600_000, 'about 60 minutes'],
  ])('of %d ms is %s', (milliseconds, said) => {
    expect(words.duration(milliseconds)).toBe(said);
  });

  it('is said in the language of the window', () => {
    words.use('zh-CN');
    expect(words.duration(12_000)).toBe('约 12 秒');
  });
});
