// The language of the window, and its words.

import type { Language, Wording } from '../protocol/wire';
import { en } from './en';
import type { Messages } from './messages';
import { zh } from './zh';

const MESSAGES: Record<Language, Messages> = { en, 'zh-CN': zh };

class Words {
  language = $state<Language>('en');
  readonly t = $derived(MESSAGES[this.language]);

  use(language: Language): void {
    this.language = language;
    document.documentElement.lang = language;
  }

  /** One message that has words in every language. */
  pick(wording: Wording): string {
    return wording[this.language];
  }

  /** A time as one says it. */
  duration(milliseconds: number): string {
    const seconds = milliseconds / 1000;
    if (seconds < 1) return this.t.underASecond;
    if (seconds < 90) return this.t.seconds(Math.round(seconds));
    return this.t.minutes(Math.round(seconds / 60));
  }
}

export const words = new Words();
