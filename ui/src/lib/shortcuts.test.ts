// Which keys do what, and when they are left to whoever is typing.

import { afterEach, describe, expect, it, vi } from 'vitest';
import { en } from './i18n/en';
import { LISTED, shortcut } from './shortcuts';

function press(key: string, how: KeyboardEventInit = {}): KeyboardEvent {
  return new KeyboardEvent('keydown', { key, ...how });
}

/** The same key, pressed while an element has the focus. */
function pressOn(element: HTMLElement, key: string): KeyboardEvent {
  const event = press(key, { bubbles: true });
  element.dispatchEvent(event);
  return event;
}

const CTRL = { ctrlKey: true };

afterEach(() => vi.restoreAllMocks());

describe('A key with Ctrl', () => {
  it.each([
    ['o', 'open'],
    ['O', 'open'],
    ['s', 'save'],
    ['Enter', 'colorize'],
    ['c', 'copy'],
  ])('%s means: %s', (key, action) => {
    expect(shortcut(press(key, CTRL), false)).toBe(action);
  });

  it('works while one is typing too', () => {
    expect(shortcut(press('o', CTRL), true)).toBe('open');
    expect(shortcut(press('s', CTRL), true)).toBe('save');
    expect(shortcut(press('Enter', CTRL), true)).toBe('colorize');
  });

  it('copies the text where one is typing or has marked some, not the picture', () => {
    expect(shortcut(press('c', CTRL), true)).toBeUndefined();
    const marked = { toString: () => 'some words' } as Selection;
    vi.spyOn(window, 'getSelection').mockReturnValue(marked);
    expect(shortcut(press('c', CTRL), false)).toBeUndefined();
  });

  it('means nothing with Alt besides, which types letters on some keyboards', () => {
    expect(shortcut(press('o', { ctrlKey: true, altKey: true }), false)).toBeUndefined();
  });

  it('is left to the page where nothing is meant by it', () => {
    expect(shortcut(press('a', CTRL), false)).toBeUndefined();
    expect(shortcut(press('ArrowDown', CTRL), false)).toBeUndefined();
  });
});

describe('A key by itself', () => {
  it('is no shortcut where only Ctrl makes it one', () => {
    for (const key of ['o', 's', 'c', 'Enter']) expect(shortcut(press(key), false)).toBeUndefined();
  });

  it('moves in the list: the arrows up and down', () => {
    expect(shortcut(press('ArrowUp'), false)).toBe('previous');
    expect(shortcut(press('ArrowDown'), false)).toBe('next');
  });

  it('moves in the text where one is typing, not in the list', () => {
    expect(shortcut(press('ArrowUp'), true)).toBeUndefined();
    expect(shortcut(press('ArrowDown'), true)).toBeUndefined();
  });

  it('moves a slider that has the focus, not the list', () => {
    const range = document.createElement('input');
    range.type = 'range';
    expect(shortcut(pressOn(range, 'ArrowUp'), false)).toBeUndefined();
    const button = document.createElement('button');
    expect(shortcut(pressOn(button, 'ArrowUp'), false)).toBe('previous');
  });

  it('cancels and helps, while one is typing too', () => {
    expect(shortcut(press('Escape'), true)).toBe('cancel');
    expect(shortcut(press('F1'), true)).toBe('help');
  });
});

describe('The list of shortcuts', () => {
  it('has words for every entry, and no key twice', () => {
    expect(LISTED.every(({ words }) => typeof en[words] === 'string')).toBe(true);
    const keys = LISTED.flatMap((entry) => entry.keys);
    expect(new Set(keys).size).toBe(keys.length);
  });

  it('shows every entry of the words for keys', () => {
    const worded = Object.keys(en).filter((key) => key.startsWith('key_'));
    expect(LISTED.map((entry) => entry.words).sort()).toEqual(worded.sort());
  });
});
