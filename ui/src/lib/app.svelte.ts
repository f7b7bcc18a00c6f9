// The window's state as a whole, and what the user can do. Components show it and call it; nothing
// here touches the page.

import type { Page, Toast, Question, Sheet } from './app/shown';
import { Updates } from './app/updates.svelte';
import { Live } from './backend/live';
import { Server } from './backend/server';
import type { Shell } from './backend/shell';
import { isCommandError } from './errors/help';
import { words } from './i18n/words.svelte';
import { isModelFile } from './models/standing';
import { Zoo } from './models/zoo.svelte';
import { bodyOf, Library, type Photo } from './photos/library.svelte';
import type { Graph } from './photos/graph';
import { changeOf, type Job } from './photos/job';
import { previewOf } from './photos/restoration';
import { BANDS, firstSize, modelTitle, onStep, type Scene, sizesToCompare, STARTER } from './photos/sizes';
import type {
  Arrival,
  CommandError,
  ErrorBody,
  Forecast,
  ResultFile,
  SaveFormat,
  Saving,
  Session,
  Settings,
  WorkflowFile,
} from './protocol/wire';

export type { Page, Toast, Question, Sheet };

/** Milliseconds that a message stays. */
const TOAST_TIME = 6000;
/** A batch of fewer is over before anyone looks elsewhere. */
const NOTIFY_FROM = 2;

export class App {
  readonly server: Server;
  readonly library: Library;
  readonly zoo: Zoo;
  readonly updates = new Updates(this);
  private readonly live: Live;

  settings = $state<Settings>() as Settings;
  page = $state<Page>('photos');
  toasts = $state<Toast[]>([]);
  question = $state<Question>();
  isHelpShown = $state(false);
  sheet = $state<Sheet>();
  /** The photo whose mask of defects is being edited, by name. */
  masked = $state<string>();
  isRestoreOpen = $state(false);
  isPreviewShown = $state(true);
  isDropping = $state(false);

  scene = $state<Scene>('people');
  // Raw: it is handed on as it is.
  workflow = $state.raw<WorkflowFile>();
  checkpoints = $state<string[]>([]);
  checkpoint = $state(STARTER);
  size = $state(firstSize(BANDS.people, STARTER));
  forecast = $state<Forecast>();
  forecastError = $state<ErrorBody>();
  format = $state<SaveFormat>({ kind: 'png', quality: 92 });
  template = $state('{name}-color');

  readonly band = $derived(this.workflow?.recommended_sizes ?? BANDS[this.scene]);
  /** The photos that nothing has been done with yet. */
  readonly ready = $derived.by(() => {
    const { list, troubles, claimed } = this.library;
    const isReady = ({ name, job }: Photo) =>
      job === undefined && !troubles.has(name) && !claimed.has(name);
    return list.filter(isReady);
  });

  /** How the photo that is looked at is shown while its restoration is being chosen. */
  readonly preview = $derived.by(() => {
    const { current } = this.library;
    if (!current || !this.isRestoreOpen || !this.isPreviewShown) return undefined;
    return previewOf(this.library.restorationOf(current.name));
  });

  private lastToast = 0;
  private done = 0;
  private failed = 0;

  constructor(
    readonly shell: Shell,
    readonly session: Session,
  ) {
    this.settings = session.settings;
    this.server = new Server(session);
    this.library = new Library(this.server, shell, (photo, job) => this.ended(photo, job));
    this.zoo = new Zoo(this.server, this);
    this.live = new Live(shell, this.server.socketUrl, {
      message: (message) => {
        if (message.type === 'model') this.zoo.hear(message.data);
        else this.library.hear(message);
      },
      connected: () => {
        void this.attempt(() => this.library.catchUp());
        void this.attempt(() => this.zoo.refresh());
      },
      disconnected: () => (this.library.isConnected = false),
    });
    words.use(this.language);
    if (session.notice) this.say(words.pick(session.notice), 'error');
  }

  /** Whether something lies over the window that has the keys to itself. */
  get isCovered(): boolean {
    return this.question !== undefined || this.masked !== undefined;
  }

  get language() {
    return this.settings.language ?? this.session.system_language;
  }

  async start(): Promise<void> {
    await this.shell.onDrop({
      enter: () => (this.isDropping = true),
      leave: () => (this.isDropping = false),
      drop: (paths) => {
        this.isDropping = false;
        void this.addFiles(paths);
      },
    });
    await this.shell.onClose(() => this.mayClose());
    await this.shell.onFilesToOpen(() => void this.openGiven());
    await this.live.start();
    await this.attempt(() => this.modelsChanged());
    await this.openGiven();
    await this.updates.look();
  }

  stop(): void {
    this.live.stop();
  }

  // Photos in, and whatever else may be dropped.

  async addFiles(paths: string[]): Promise<void> {
    const models = paths.filter(isModelFile);
    const page = models.length > 0 && models.length === paths.length ? 'models' : 'photos';
    await this.zoo.during(models, () =>
      this.arrive((hear) => this.shell.addFiles(paths, hear), page),
    );
  }

  async addSample(): Promise<void> {
    await this.arrive((hear) => this.shell.addSample(hear));
  }

  async openPhotos(): Promise<void> {
    const paths = await this.shell.pickPhotos(words.t.openTitle);
    if (paths.length > 0) await this.addFiles(paths);
  }

  async openFolder(): Promise<void> {
    const path = await this.shell.pickFolder(words.t.folderTitle);
    if (path !== null) await this.addFiles([path]);
  }

  async importModels(): Promise<void> {
    const paths = await this.shell.pickModels(words.t.importTitle);
    if (paths.length > 0) await this.addFiles(paths);
  }

  /** A picture from the clipboard, which has no name of its own. */
  async paste(picture: Blob): Promise<void> {
    await this.attempt(async () => {
      const bitmap = await createImageBitmap(picture);
      const { width, height } = bitmap;
      bitmap.close();
      const kind = picture.type.split('/')[1] ?? 'png';
      const uploaded = await this.server.upload(picture, `pasted.${kind}`);
      const { name } = uploaded;
      const added = { name, title: name, source: '', width, height, bytes: picture.size, pages: 1 };
      this.say(this.library.add(added) ? words.t.added(1) : words.t.already(1));
      this.library.selected = name;
      this.page = 'photos';
    });
  }

  private async openGiven(): Promise<void> {
    const paths = await this.shell.filesToOpen();
    if (paths.length > 0) await this.addFiles(paths);
  }

  private async arrive(
    ask: (hear: (arrival: Arrival) => void) => Promise<void>,
    page: Page = 'photos',
  ): Promise<void> {
    this.page = page;
    let [added, already] = [0, 0];
    await this.attempt(() =>
      ask((arrival) => {
        switch (arrival.kind) {
          case 'added':
            if (this.library.add(arrival)) {
              added += 1;
              if (arrival.pages > 1) this.say(words.t.firstOfPages(arrival.title, arrival.pages));
            } else {
              already += 1;
              this.library.selected = arrival.name;
            }
            break;
          case 'refused':
            this.say(words.t.refused(arrival.title, words.pick(arrival.messages)), 'error');
            break;
          case 'model':
            void this.zoo.imported(arrival);
            break;
          case 'workflow':
            this.useWorkflow(arrival);
            break;
          case 'skipped':
            this.say(words.t.skipped(arrival.files));
            break;
        }
      }),
    );
    if (added > 1) this.say(words.t.added(added));
    if (already > 0) this.say(words.t.already(already));
  }

  // How.

  useScene(scene: Scene): void {
    this.workflow = undefined;
    this.scene = scene;
    this.size = firstSize(this.band, this.checkpoint);
  }

  useWorkflow(workflow: WorkflowFile): void {
    this.workflow = workflow;
    const wanted = workflow.checkpoint;
    if (wanted !== undefined && this.checkpoints.includes(wanted)) this.checkpoint = wanted;
    this.size = firstSize(this.band, this.checkpoint);
    this.say(words.t.workflowLoaded(words.pick(workflow.title)));
  }

  useCheckpoint(checkpoint: string): void {
    this.checkpoint = checkpoint;
    this.size = firstSize(this.band, checkpoint);
  }

  useSize(size: number): void {
    if (Number.isFinite(size)) this.size = onStep(size);
  }

  modelTitle(checkpoint: string): string {
    if (checkpoint === STARTER) return words.t.starterModel;
    return this.zoo.titleOf(checkpoint) ?? modelTitle(checkpoint);
  }

  /** Asks which models can be used. Where the chosen one is gone, the starter takes its place. */
  async modelsChanged(): Promise<void> {
    this.checkpoints = await this.server.checkpoints();
    if (!this.checkpoints.includes(this.checkpoint)) this.useCheckpoint(STARTER);
  }

  /** Asks what the chosen size would take for the photo that is looked at. */
  async foresee(photo: Photo, checkpoint: string, size: number): Promise<void> {
    // What is chosen may have changed by the time of the answer.
    const isMeant = () =>
      photo.name === this.library.selected &&
      size === this.size &&
      checkpoint === this.checkpoint;
    try {
      const forecast = await this.shell.forecast(photo.name, checkpoint, [size]);
      if (!isMeant()) return;
      this.forecast = forecast;
      this.forecastError = undefined;
    } catch (error) {
      if (!isMeant()) return;
      this.forecast = undefined;
      this.forecastError = isCommandError(error)
        ? { code: error.code, message: error.messages.en, messages: error.messages }
        : bodyOf(error);
    }
  }

  // Coloring.

  async colorize(photos: Photo[], size = this.size): Promise<void> {
    this.page = 'photos';
    const { claimed } = this.library;
    // What is chosen now is meant for all of them, whatever is chosen while they are queued.
    const { checkpoint, graph, saving } = this;
    const wanted = photos
      .filter((photo) => !claimed.has(photo.name))
      .map((photo) => ({ photo, restoration: this.library.restorationOf(photo.name) }));
    for (const { photo } of wanted) claimed.add(photo.name);
    try {
      for (const { photo, restoration } of wanted) {
        await this.library.colorize(photo, size, checkpoint, { workflow: graph, restoration, saving });
        claimed.delete(photo.name);
      }
    } finally {
      for (const { photo } of wanted) claimed.delete(photo.name);
    }
  }

  /** Colors what has no result yet, or the photo that is looked at once more. */
  async colorizeWhatIsThere(): Promise<void> {
    const { current } = this.library;
    const photos = this.ready.length > 0 ? this.ready : current ? [current] : [];
    await this.colorize(photos);
  }

  async compareSizes(photo: Photo): Promise<void> {
    const sizes = sizesToCompare(this.size, this.band, this.checkpoint);
    const models = this.checkpoints.length > 1 ? this.modelsToCompare() : [this.checkpoint];
    const restoration = this.library.restorationOf(photo.name);
    const besides = { workflow: this.graph, restoration, saving: this.saving };
    const jobs: string[] = [];
    for (const checkpoint of models) {
      for (const size of sizes) {
        const id = await this.library.colorize(photo, size, checkpoint, besides);
        if (id === undefined) continue;
        jobs.push(id);
        // Once closed it stays closed.
        if (jobs.length > 1 && !this.sheet) continue;
        this.sheet = { photo: photo.name, jobs: [...jobs] };
      }
    }
  }

  private modelsToCompare(): string[] {
    const other = this.checkpoints.find((checkpoint) => checkpoint !== this.checkpoint);
    return other === undefined ? [this.checkpoint] : [this.checkpoint, other];
  }

  private get graph(): Graph | undefined {
    return this.workflow?.prompt;
  }

  private ended(_photo: Photo | undefined, job: Job): void {
    if (job.state.kind === 'failed') this.failed += 1;
    if (job.state.kind === 'done') this.done += 1;
    if (this.library.live.length > 0) return;
    const { batchTotal } = this.library;
    const { done, failed } = this;
    [this.done, this.failed] = [0, 0];
    if (batchTotal >= NOTIFY_FROM && !document.hasFocus()) {
      const text = words.t.batchEnded(done, failed);
      void this.shell.notify(words.t.batchEndedTitle, text);
    }
  }

  // Results out.

  resultFile(photo: Photo, job: Job): ResultFile | undefined {
    const output = job.state.kind === 'done' ? job.state.outputs[0] : undefined;
    if (!output) return undefined;
    return {
      prompt_id: job.id,
      filename: output.filename,
      subfolder: output.subfolder,
      type: output.type,
      title: photo.title,
      source: photo.source === '' ? null : photo.source,
      adjustment: $state.snapshot(changeOf(job)) ?? null,
    };
  }

  results(): ResultFile[] {
    return this.library.list.flatMap((photo) => {
      const job = this.library.jobOf(photo);
      return (job && this.resultFile(photo, job)) ?? [];
    });
  }

  currentResult(): ResultFile | undefined {
    const { current, currentJob } = this.library;
    return current && currentJob && this.resultFile(current, currentJob);
  }

  async saveAs(result: ResultFile): Promise<void> {
    const format = $state.snapshot(this.format);
    await this.attempt(async () => {
      let saved = await this.shell.saveResult(result, format, words.t.saveTitle);
      if (saved.kind === 'is_original') {
        const { path } = saved;
        const yes = await this.ask({
          title: words.t.overOriginalTitle,
          text: words.t.overOriginalText(path),
          yes: words.t.replaceOriginal,
          no: words.t.otherName,
        });
        if (!yes) return this.saveAs(result);
        saved = await this.shell.saveOverOriginal(result, format, path);
      }
      if (saved.kind === 'done') this.say(words.t.savedTo(saved.paths[0] ?? ''));
    });
  }

  async saveAll(): Promise<void> {
    const folder = await this.shell.pickFolder(words.t.saveAllTitle);
    if (folder === null) return;
    await this.attempt(async () => {
      const results = this.results();
      const format = $state.snapshot(this.format);
      const saved = await this.shell.saveAll(results, format, this.template, folder, () => undefined);
      if (saved.kind === 'done') this.say(words.t.savedMany(saved.paths.length));
    });
  }

  async copy(result: ResultFile): Promise<void> {
    await this.attempt(async () => {
      await this.shell.copyResult(result);
      this.say(words.t.copied);
    });
  }

  async copyReport(error: CommandError): Promise<void> {
    await this.attempt(async () => {
      await this.shell.copyReport(error);
      this.say(words.t.detailsCopied);
    });
  }

  /** Another place for results. The server takes it up when it starts again, with the queue as it was. */
  async chooseOutputFolder(): Promise<boolean> {
    const folder = await this.shell.pickFolder(words.t.outputFolder);
    if (folder === null) return false;
    await this.change({ output: folder });
    return true;
  }

  async change(settings: Partial<Settings>): Promise<void> {
    const changed = { ...$state.snapshot(this.settings), ...settings };
    this.settings = changed;
    words.use(this.language);
    await this.attempt(() => this.shell.changeSettings(changed));
  }

  /** What written results keep and say. */
  get saving(): Saving {
    return this.settings.saving;
  }

  /** The same, from the next coloring on. */
  async changeSaving(changes: Partial<Saving>): Promise<void> {
    await this.change({ saving: { ...this.saving, ...changes } });
  }

  // Saying and asking.

  say(text: string, kind: Toast['kind'] = 'info', action?: Toast['action']): void {
    const id = ++this.lastToast;
    this.toasts.push({ id, text, kind, action });
    // The others stay until they are closed: nobody is to miss them by looking away.
    if (kind === 'info') setTimeout(() => this.unsay(id), TOAST_TIME);
  }

  unsay(id: number): void {
    this.toasts = this.toasts.filter((toast) => toast.id !== id);
  }

  ask(question: Omit<Question, 'answer'>): Promise<boolean> {
    // A question that nobody has answered yet is answered carefully.
    this.question?.answer(false);
    return new Promise((resolve) => {
      this.question = {
        ...question,
        answer: (yes) => {
          this.question = undefined;
          resolve(yes);
        },
      };
    });
  }

  /** Runs what may fail, and says so if it does. */
  async attempt(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      const messages = isCommandError(error) ? error.messages : bodyOf(error).messages;
      this.say(words.pick(messages), 'error');
    }
  }

  private async mayClose(): Promise<boolean> {
    const left = this.library.live.length;
    if (left === 0) return true;
    return this.ask({
      title: words.t.closeTitle,
      text: words.t.closeText(left),
      yes: words.t.closeNow,
      no: words.t.keepOpen,
    });
  }
}
