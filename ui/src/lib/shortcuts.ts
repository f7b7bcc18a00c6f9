// Which keys do what: one table, which the list of shortcuts shows too.

import type { Messages } from './i18n/messages';

export type Action =
  | 'open'
  | 'paste'
  | 'colorize'
  | 'save'
  | 'copy'
  | 'help'
  | 'cancel'
  | 'previous'
  | 'next';

const isMac = typeof navigator !== 'undefined' && navigator.userAgent.includes('Mac');
const MODIFIER = isMac ? '⌘' : 'Ctrl';

/** What is listed, in order: the keys and the words for what they do. */
export const LISTED: { keys: string[]; words: keyof Messages }[] = [
  { keys: [`${MODIFIER} O`], words: 'key_open' },
  { keys: [`${MODIFIER} V`], words: 'key_paste' },
  { keys: [`${MODIFIER} ↵`], words: 'key_colorize' },
  { keys: [`${MODIFIER} S`], words: 'key_save' },
  { keys: [`${MODIFIER} C`], words: 'key_copy' },
  { keys: [`${MODIFIER} Z`, isMac ? '⇧ ⌘ Z' : 'Ctrl Y'], words: 'key_undo' },
  { keys: ['↑', '↓'], words: 'key_move' },
  { keys: ['+', '−', '0', '1'], words: 'key_zoom' },
  { keys: ['B'], words: 'key_hold' },
  { keys: ['←', '→'], words: 'key_divider' },
  { keys: ['Esc'], words: 'key_cancel' },
  { keys: ['F1'], words: 'key_help' },
];

/** What a key press asks for; keys without a modifier are left to whoever is typing. */
export function shortcut(event: KeyboardEvent, isTyping: boolean): Action | undefined {
  const isModified = isMac ? event.metaKey : event.ctrlKey;
  if (isModified && !event.altKey) {
    switch (event.key.toLowerCase()) {
      case 'o':
        return 'open';
      case 's':
        return 'save';
      case 'enter':
        return 'colorize';
      case 'c':
        // Marked text is what is copied then.
        return isTyping || hasSelection() ? undefined : 'copy';
      default:
        return undefined;
    }
  }
  if (event.key === 'Escape') return 'cancel';
  if (event.key === 'F1') return 'help';
  if (isTyping || event.altKey || isSlider(event.target)) return undefined;
  if (event.key === 'ArrowUp') return 'previous';
  return event.key === 'ArrowDown' ? 'next' : undefined;
}

function isSlider(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && (target.matches('input[type=range]') || target.role === 'slider');
}

function hasSelection(): boolean {
  return (window.getSelection()?.toString() ?? '') !== '';
}
