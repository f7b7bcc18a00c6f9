// Newer versions of the program: asked for only after the user has agreed, and never installed.

import type { Shell } from '../backend/shell';
import { words } from '../i18n/words.svelte';
import type { Settings, VersionNews } from '../protocol/wire';
import type { Question, Toast } from './shown';

/** The window around it. */
export interface Around {
  readonly shell: Shell;
  readonly settings: Settings;
  say(text: string, kind: Toast['kind'], action: Toast['action']): void;
  ask(question: Omit<Question, 'answer'>): Promise<boolean>;
  change(settings: Partial<Settings>): Promise<void>;
  attempt(work: () => Promise<void>): Promise<void>;
}

export class Updates {
  /** What was found out since the start, if anything. */
  news = $state.raw<VersionNews>();

  constructor(private readonly around: Around) {}

  get mayLook(): boolean {
    return this.around.settings.may_look_for_versions;
  }

  /** Finds out whether there is a newer version, where that was agreed to. */
  async look(): Promise<void> {
    if (!this.mayLook) return;
    // Trouble with it is told where it is switched on, and in the log: nobody is to be held up by it.
    const news = await this.around.shell.lookForNewerVersion().catch(() => null);
    // It may have been switched off meanwhile.
    if (news === null || !this.mayLook) return;
    this.news = news;
    if (news.kind !== 'newer') return;
    const action = { label: words.t.showRelease, run: () => void this.show() };
    this.around.say(words.t.isNewer(news.version), 'news', action);
  }

  /** Says what it would do, and does so once that is agreed to. */
  async switchOn(): Promise<void> {
    const { newerQuestion: title, newerConsent: text, lookForThem: yes, doNotLook: no } = words.t;
    if (!(await this.around.ask({ title, text, yes, no }))) return;
    await this.around.change({ may_look_for_versions: true });
    await this.look();
  }

  async switchOff(): Promise<void> {
    this.news = undefined;
    await this.around.change({ may_look_for_versions: false });
  }

  /** Opens the newer version's page in the browser. */
  async show(): Promise<void> {
    await this.around.attempt(() => this.around.shell.showNewerVersion());
  }
}
