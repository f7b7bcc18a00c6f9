// The models and addons: which there are, what is being done to them, and what the user can have done.

import { SvelteMap } from 'svelte/reactivity';
import type { Server } from '../backend/server';
import { fileName, megabytes } from '../format';
import { words } from '../i18n/words.svelte';
import type { Addon, ImportedModel, Model, Transfer, TransferStep } from '../protocol/wire';
import { isModel, isOffered, isShown, type Item } from './item';
import { isUnderWay } from './standing';

/** Bytes from which a click alone is not enough to begin a download: it is asked about as well. */
export const ASK_FROM = 500_000_000;

/** The window around the models. */
export interface Around {
  readonly page: string;
  say(text: string, kind?: 'info' | 'error'): void;
  ask(question: { title: string; text: string; yes: string; no: string }): Promise<boolean>;
  attempt(work: () => Promise<void>): Promise<void>;
  /** Which models can be used may have changed. */
  modelsChanged(): Promise<void>;
}

/** What is being done. How it ends means something else for each; an import tells of its end by itself. */
type Deed = 'download' | 'check';

export class Zoo {
  models = $state.raw<Model[]>([]);
  folder = $state('');
  /** The last that was told of each model: what is under way, and downloads that can be gone on with. */
  readonly transfers = new SvelteMap<string, Transfer>();
  private everyAddon = $state.raw<Addon[]>([]);
  /** The addons that are of use here, or that there is something of. */
  readonly addons = $derived(
    this.everyAddon.filter((addon) => isShown(addon) || this.transfers.has(addon.id)),
  );
  /** Files that are being imported, by name. They are read through before anything is told of them. */
  incoming = $state<string[]>([]);
  /** What is told of models that are not listed, which are imports too. */
  readonly imports = $derived(
    [...this.transfers.values()].filter((transfer) => isUnderWay(transfer) && !this.find(transfer.model)),
  );

  private readonly deeds: Record<string, Deed> = {};
  /** How many bytes the user has agreed to, so that going on is not asked about once more. */
  private readonly agreed: Record<string, number> = {};
  private turn = 0;

  constructor(
    private readonly server: Server,
    private readonly around: Around,
  ) {}

  find(id: string): Item | undefined {
    const items: Item[] = [...this.models, ...this.everyAddon];
    return items.find((item) => item.id === id);
  }

  /** What people call the model of a checkpoint, if it is one of these. */
  titleOf(checkpoint: string): string | undefined {
    const model = this.models.find((model) => model.checkpoint === checkpoint);
    return model && words.pick(model.name);
  }

  async refresh(): Promise<void> {
    const turn = ++this.turn;
    const before = [...this.transfers];
    const zoo = await this.server.zoo();
    // An older answer that comes later says less.
    if (turn !== this.turn) return;
    this.models = zoo.models;
    this.everyAddon = zoo.addons;
    this.folder = zoo.folder;
    for (const [id, transfer] of before) {
      // Nothing was told of it since, and the server knows nothing of it: its end went by unheard.
      if (isUnderWay(transfer) && this.transfers.get(id) === transfer) this.transfers.delete(id);
    }
    for (const { transfer } of [...zoo.models, ...zoo.addons]) {
      if (transfer && !isUnderWay(this.transfers.get(transfer.model))) this.note(transfer);
    }
  }

  /** Takes in what the server tells. */
  hear(transfer: Transfer): void {
    this.note(transfer);
    if (!isUnderWay(transfer)) void this.around.attempt(() => this.end(transfer));
  }

  download(model: Item): Promise<void> {
    return this.around.attempt(async () => {
      // Where nobody knows the size, the user agrees to any.
      const bytes = model.bytes ?? Number.MAX_SAFE_INTEGER;
      const isAgreed = bytes < ASK_FROM || bytes <= (this.agreed[model.id] ?? 0);
      if (!isAgreed && !(await this.around.ask(questionOf(model)))) return;
      this.agreed[model.id] = bytes;
      const request = { model: model.id, accept_bytes: bytes };
      await this.begin(model.id, 'download', 'connecting', () => this.server.download(request));
    });
  }

  /** Has an installed model compared with what it should be. */
  check({ id }: Item): Promise<void> {
    return this.around.attempt(() =>
      this.begin(id, 'check', 'checking', () => this.server.verifyModel(id)),
    );
  }

  cancel(id: string): Promise<void> {
    return this.around.attempt(() => this.server.cancelTransfer(id));
  }

  remove(model: Item): Promise<void> {
    return this.around.attempt(async () => {
      const name = words.pick(model.name);
      const yes = await this.around.ask({
        title: words.t.removeTitle(name),
        text: isOffered(model) ? words.t.removePublishedText : words.t.removeOwnText,
        yes: words.t.removeModel,
        no: words.t.keepModel,
      });
      if (!yes) return;
      await this.server.removeModel(model.id);
      this.transfers.delete(model.id);
      await this.changed();
      this.around.say(words.t.modelRemoved(name));
    });
  }

  /** Shows files as being imported while that lasts. */
  async during(paths: string[], work: () => Promise<void>): Promise<void> {
    const names = paths.map(fileName);
    this.incoming.push(...names);
    try {
      await work();
    } finally {
      for (const name of names) this.incoming.splice(this.incoming.indexOf(name), 1);
    }
  }

  /** Says what came of a file that was imported. */
  imported({ name, origin, is_published }: ImportedModel): Promise<void> {
    const text = is_published ? words.t.importedPublished : words.t.importedOwn;
    this.around.say(text(words.pick(name), origin));
    return this.around.attempt(() => this.changed());
  }

  private note(transfer: Transfer): void {
    this.transfers.set(transfer.model, transfer);
    // It may have been begun by another window or program, too.
    const isDownload = transfer.step === 'connecting' || transfer.step === 'downloading';
    if (isDownload) this.deeds[transfer.model] = 'download';
  }

  /** Has something begun, and shows it before the server has told of it. */
  private async begin(id: string, deed: Deed, step: TransferStep, ask: () => Promise<void>): Promise<void> {
    const before = this.transfers.get(id);
    const begun: Transfer = { model: id, step, received: 0 };
    this.deeds[id] = deed;
    this.transfers.set(id, begun);
    try {
      await ask();
    } catch (error) {
      if (this.transfers.get(id) === begun) {
        delete this.deeds[id];
        if (before) this.transfers.set(id, before);
        else this.transfers.delete(id);
      }
      throw error;
    }
  }

  private async end(transfer: Transfer): Promise<void> {
    const { model: id, step } = transfer;
    const deed = this.deeds[id];
    delete this.deeds[id];
    if (step === 'installed') delete this.agreed[id];
    // What has arrived of a download is kept, and the page says so; all else is over.
    const isKept = deed === 'download' && step !== 'installed';
    try {
      await this.changed();
    } finally {
      if (!isKept && this.transfers.get(id) === transfer) this.transfers.delete(id);
    }
    this.tell(deed, transfer);
  }

  private tell(deed: Deed | undefined, { model: id, step, error }: Transfer): void {
    const model = this.find(id);
    if (!model || !deed) return;
    const name = words.pick(model.name);
    if (step === 'failed') {
      // The page shows it by itself where it is a download, and stays.
      if (deed === 'download' && this.around.page === 'models') return;
      const why = error ? words.pick(error.messages) : words.t.failed;
      this.around.say(words.t.refused(name, why), 'error');
    } else if (step === 'installed') {
      const ready = isModel(model) ? words.t.modelReady : words.t.addonReady;
      this.around.say(deed === 'check' ? words.t.checkedWhole(name) : ready(name));
    } else if (deed === 'check') {
      this.around.say(words.t.checkStopped(name));
    }
  }

  private async changed(): Promise<void> {
    await this.refresh();
    await this.around.modelsChanged();
  }
}

/** Before a large download: how large, on what terms, and whom it asks. */
function questionOf(model: Item): Parameters<Around['ask']>[0] {
  const { t } = words;
  const size = model.bytes === undefined ? t.ofUnknownSize : megabytes(model.bytes);
  const license = model.license === undefined ? t.ofUnknownLicense : t.licensed(model.license);
  return {
    title: t.downloadTitle(words.pick(model.name)),
    text: t.downloadText(size, license, model.hosts.join(` ${t.or} `)),
    yes: t.download,
    no: t.notNow,
  };
}
