// Both languages say everything.

import { describe, expect, it } from 'vitest';
import { en } from './en';
import { zh } from './zh';

/** Names, numbers and what only puts other words together. */
const WITHOUT_WORDS = new Set(['appName', 'actualSize', 'about', 'refused']);
const CHINESE = /\p{Script=Han}/u;

/** What is said, with arguments where some are needed. */
function said(message: unknown): string {
  if (typeof message !== 'function') return String(message);
  const spoken: unknown = message(...Array.from({ length: message.length }, (_, at) => `<${at}>`));
  return String(spoken);
}

const CHINESE_WORDS = new Map<string, unknown>(Object.entries(zh));
const ENGLISH_WORDS = Object.entries(en) as [string, unknown][];

describe('The Chinese words', () => {
  it('are for the same things as the English ones', () => {
    expect(Object.keys(zh).sort()).toEqual(Object.keys(en).sort());
  });

  it.each(ENGLISH_WORDS.filter(([key]) => !WITHOUT_WORDS.has(key)))('are Chinese for "%s"', (key) => {
    expect(said(CHINESE_WORDS.get(key))).toMatch(CHINESE);
  });

  it('have no English sentence left among them', () => {
    const untranslated = ENGLISH_WORDS.filter(
      ([key, message]) => !WITHOUT_WORDS.has(key) && said(message) === said(CHINESE_WORDS.get(key)),
    );
    expect(untranslated).toEqual([]);
  });
});

describe('The English words', () => {
  it.each(ENGLISH_WORDS)('say something for "%s", without Chinese', (_key, message) => {
    expect(said(message).trim()).not.toBe('');
    expect(said(message)).not.toMatch(CHINESE);
  });
});

describe('A message with a name or a number in it', () => {
  const withArguments = ENGLISH_WORDS.filter(([, message]) => typeof message === 'function');

  it.each(withArguments)('says all of them in both languages: "%s"', (key, message) => {
    const count = typeof message === 'function' ? message.length : 0;
    for (const words of [said(message), said(CHINESE_WORDS.get(key))]) {
      for (let at = 0; at < count; at += 1) expect(words).toContain(`<${at}>`);
    }
  });

  it('says one thing as one', () => {
    expect(en.added(1)).toBe('1 photo added');
    expect(en.added(2)).toBe('2 photos added');
    expect(en.closeText(1)).toContain('One photo is');
    expect(en.closeText(3)).toContain('3 photos are');
  });

  it('does not speak of failures where there are none', () => {
    expect(en.batchEnded(4, 0)).not.toContain('failed');
    expect(zh.batchEnded(4, 0)).not.toContain('失败');
  });
});
