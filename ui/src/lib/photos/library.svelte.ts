// The photos in the window and their jobs: the one place where both are kept, fed by the server.

import { SvelteMap, SvelteSet } from 'svelte/reactivity';
import type { AddedPhoto, Adjustment, ErrorBody, Output, Saving } from '../protocol/wire';
import { type ExtraData, type HistoryEntry, Refused, type Server } from '../backend/server';
import type { Shell } from '../backend/shell';
import { Undo } from '../history';
import { adjustmentIn, type Choice, filledGraph, type Graph, usualGraph } from './graph';
import { after, isLive, type Job, type JobMessage, newJob, shareOf, subjectOf } from './job';
import { forAnother, isUsual, type Restoration, USUAL_RESTORATION } from './restoration';

export type Photo = AddedPhoto & {
  /** The job whose result is looked at; the last one that was started. */
  job: string | undefined;
  /** All its jobs of this window, the oldest first. */
  jobs: string[];
};

/** What a photo is colored with besides its size and model. */
export type Besides = {
  workflow?: Graph | undefined;
  /** The photo's own where none is given. */
  restoration?: Restoration;
  saving?: Saving;
};

/** How often a queue that is full is asked again, in milliseconds. */
const QUEUE_FULL_WAIT = 500;

export class Library {
  readonly photos = new SvelteMap<string, Photo>();
  readonly jobs = new SvelteMap<string, Job>();
  /** Requests that the server did not take, by the photo that they were about. */
  readonly troubles = new SvelteMap<string, ErrorBody>();
  /** Photos that are about to be queued, by name. */
  readonly claimed = new SvelteSet<string>();
  /** What is repaired of each photo. Beside the photos, so that nothing else of them is new with each step of a slider. */
  private readonly restorations = new SvelteMap<string, Restoration>();
  /** What was chosen last, which new photos begin with. */
  private lastRestoration = USUAL_RESTORATION;
  selected = $state<string>();
  isConnected = $state(false);
  isPaused = $state(false);

  readonly list = $derived([...this.photos.values()]);
  readonly current = $derived(this.selected === undefined ? undefined : this.photos.get(this.selected));
  readonly currentJob = $derived(this.jobOf(this.current));
  readonly live = $derived([...this.jobs.values()].filter(isLive));

  /** The jobs since the queue was last empty, for the bar of the whole batch. */
  private batch = $state<string[]>([]);
  readonly batchTotal = $derived(this.batch.length);
  readonly batchDone = $derived(this.batchJobs().filter((job) => !isLive(job)).length);
  readonly batchSaved = $derived(this.batchJobs().filter(({ state }) => state.kind === 'done').length);
  readonly batchShare = $derived.by(() => {
    const jobs = this.batchJobs();
    const sum = jobs.reduce((sum, job) => sum + shareOf(job.state), 0);
    return jobs.length === 0 ? 0 : sum / jobs.length;
  });

  constructor(
    private readonly server: Server,
    private readonly shell: Shell,
    private readonly ended: (photo: Photo | undefined, job: Job) => void = () => undefined,
  ) {}

  jobOf(photo: Photo | undefined): Job | undefined {
    return photo?.job === undefined ? undefined : this.jobs.get(photo.job);
  }

  /** The photo that a job is about. */
  photoOf(job: Job): Photo | undefined {
    return this.list.find((photo) => photo.jobs.includes(job.id));
  }

  /** Takes a photo in; answers whether it is new. */
  add(photo: AddedPhoto): boolean {
    if (this.photos.has(photo.name)) return false;
    this.photos.set(photo.name, { ...photo, job: undefined, jobs: [] });
    this.restorations.set(photo.name, this.lastRestoration);
    this.selected ??= photo.name;
    return true;
  }

  /** Takes a photo out of the window; files and history stay. */
  remove(name: string): void {
    const names = [...this.photos.keys()];
    const at = names.indexOf(name);
    for (const id of this.photos.get(name)?.jobs ?? []) {
      const job = this.jobs.get(id);
      // A server that is gone has nothing to cancel any more.
      if (job && isLive(job)) this.cancel(id).catch(() => undefined);
    }
    this.photos.delete(name);
    this.restorations.delete(name);
    this.troubles.delete(name);
    if (this.selected === name) this.selected = names[at + 1] ?? names[at - 1];
  }

  restorationOf(name: string): Restoration {
    return this.restorations.get(name) ?? USUAL_RESTORATION;
  }

  /** Changes what is repaired of a photo, from its next coloring on. */
  restore(name: string, changes: Partial<Restoration>): void {
    if (!this.photos.has(name)) return;
    const restoration = { ...this.restorationOf(name), ...changes };
    this.restorations.set(name, restoration);
    this.lastRestoration = forAnother(restoration);
  }

  /** Has all photos repaired like one, each with its own mask. Answers how to take that back. */
  restoreAllLike(name: string): () => void {
    const before = [...this.restorations];
    const restoration = this.restorationOf(name);
    for (const [other, its] of before) {
      if (other !== name) this.restorations.set(other, forAnother(restoration, its));
    }
    return () => {
      for (const [other, its] of before) {
        if (this.photos.has(other)) this.restorations.set(other, its);
      }
    };
  }

  /** Queues a photo; what the server refuses is kept as the photo's trouble. */
  async colorize(
    photo: Photo,
    size: number,
    checkpoint: string,
    { workflow, restoration = this.restorationOf(photo.name), saving }: Besides = {},
  ): Promise<string | undefined> {
    const choice: Choice = { name: photo.name, size, checkpoint, restoration, ...(saving && { saving }) };
    const graph = workflow ? filledGraph(workflow, choice) : usualGraph(choice, photo.title);
    const { name, title, source, width, height, bytes, pages } = photo;
    const extra: ExtraData = { name, title, source, width, height, bytes, pages, size, checkpoint };
    if (!isUsual(restoration)) extra.restoration = restoration;
    this.troubles.delete(name);
    // Taken out of the window while it waits for room, it is not wanted any more.
    while (this.photos.has(name)) {
      try {
        this.unanswered += 1;
        const accepted = await this.server.submit(graph, extra).finally(() => (this.unanswered -= 1));
        this.adopt(name, newJob(accepted.prompt_id, size, checkpoint, adjustmentIn(graph)));
        // Taken out of the window in the meantime.
        if (!this.photos.has(name)) await this.cancel(accepted.prompt_id);
        return accepted.prompt_id;
      } catch (error) {
        const body = bodyOf(error);
        if (body.code === 'QUEUE_FULL' && this.live.length > 0) {
          // The queue is bounded; what does not fit waits here until something has ended.
          await new Promise((resolve) => setTimeout(resolve, QUEUE_FULL_WAIT));
          continue;
        }
        this.troubles.set(name, body);
        return undefined;
      }
    }
    return undefined;
  }

  async cancel(id: string): Promise<void> {
    const job = this.jobs.get(id);
    if (!job) return;
    // It may begin in between, so both are asked.
    await this.server.cancelWaiting([id]);
    await this.server.interrupt(id);
  }

  async cancelAll(): Promise<void> {
    const ids = this.live.map((job) => job.id);
    await this.server.cancelWaiting(ids);
    for (const job of this.live) {
      if (job.state.kind === 'running') await this.server.interrupt(job.id);
    }
  }

  async pause(paused: boolean): Promise<void> {
    await this.shell.pause(paused);
    this.isPaused = paused;
  }

  /** Changes a result's colors, and keeps that with its job. */
  adjust(id: string, adjustment: Adjustment): void {
    const job = this.jobs.get(id);
    if (!job) return;
    this.jobs.set(id, { ...job, adjustment });
  }

  /** What was done to a result's colors in this window. */
  pastOf(job: Job): Undo<Adjustment> {
    const past = this.pasts[job.id] ?? new Undo(job.adjustment);
    this.pasts[job.id] = past;
    return past;
  }

  async keepAdjustment(id: string): Promise<void> {
    const job = this.jobs.get(id);
    if (job) await this.shell.adjustJob(id, job.adjustment);
  }

  /** Shows a job of the history, with its photo. */
  show(id: string, entry: HistoryEntry): void {
    const extra = entry.prompt[3];
    const name = this.addOf(extra, id);
    this.jobs.set(id, ofHistory(id, entry));
    this.choose(name, id);
    this.selected = name;
  }

  /** Makes a job the one of its photo that is looked at. */
  choose(name: string, id: string): void {
    const photo = this.photos.get(name);
    if (!photo) return;
    const jobs = photo.jobs.includes(id) ? photo.jobs : [...photo.jobs, id];
    this.photos.set(name, { ...photo, job: id, jobs });
  }

  hear(message: JobMessage): void {
    const id = subjectOf(message);
    if (id === undefined) return;
    const job = this.jobs.get(id);
    if (!job) {
      // Maybe one that was queued a moment ago, whose answer is still to come; else another program's.
      if (this.unanswered > 0) this.early[id] = [...(this.early[id] ?? []), message];
      return;
    }
    const next = after(job, message);
    if (next === job) return;
    this.jobs.set(id, next);
    if (isLive(job) && !isLive(next)) this.end(next);
  }

  /** Asks for everything that happened while the socket was not there. */
  async catchUp(): Promise<void> {
    this.isConnected = true;
    // The server tells by itself where each live job is, also of those that are not known here yet.
    this.unanswered += 1;
    try {
      await this.askForAll();
    } finally {
      this.unanswered -= 1;
    }
  }

  private async askForAll(): Promise<void> {
    this.isPaused = await this.shell.isPaused();
    const waiting = await this.server.queue();
    for (const [, id, graph, extra] of waiting) {
      if (this.jobs.has(id)) continue;
      const name = this.addOf(extra, id);
      this.adopt(name, newJob(id, extra.size ?? 0, extra.checkpoint ?? '', adjustmentIn(graph)));
    }
    const gone = this.live.filter((job) => !waiting.some(([, id]) => id === job.id));
    if (gone.length === 0) return;
    const history = Object.fromEntries(await this.server.history(Math.max(gone.length * 2, 50)));
    for (const job of gone) {
      const entry = history[job.id];
      // It may have been queued after the queue was asked for.
      if (!entry || !isLive(this.jobs.get(job.id) ?? job)) continue;
      const ended = ofHistory(job.id, entry);
      this.jobs.set(job.id, ended);
      this.end(ended);
    }
  }

  /** Requests under way whose answer may tell of jobs that are not known here yet. */
  private unanswered = 0;
  /** Messages about such jobs. */
  private early: Record<string, JobMessage[]> = {};
  private readonly pasts: Record<string, Undo<Adjustment>> = {};

  private batchJobs(): Job[] {
    return this.batch.flatMap((id) => this.jobs.get(id) ?? []);
  }

  private adopt(name: string, job: Job): void {
    if (this.live.length === 0 && !this.jobs.has(job.id)) this.batch = [];
    const early = this.early[job.id] ?? [];
    delete this.early[job.id];
    if (this.unanswered === 0) this.early = {};
    // It may have been found in the queue before its submission was answered; what is known of it stays.
    const known = this.jobs.get(job.id);
    const next = early.reduce(after, known ?? job);
    this.jobs.set(job.id, next);
    if (!known) this.batch.push(job.id);
    this.choose(name, job.id);
    if (!isLive(next) && (!known || isLive(known))) this.end(next);
  }

  private end(job: Job): void {
    this.ended(this.photoOf(job), job);
  }

  /** The photo of a job that this window has not queued itself. */
  private addOf(extra: ExtraData, id: string): string {
    const name = extra.name ?? extra.title ?? id;
    const isNew = this.add({
      name,
      title: extra.title ?? name,
      source: extra.source ?? '',
      width: extra.width ?? 0,
      height: extra.height ?? 0,
      bytes: extra.bytes ?? 0,
      pages: extra.pages ?? 1,
    });
    if (isNew) this.restorations.set(name, { ...USUAL_RESTORATION, ...extra.restoration });
    return name;
  }
}

/** A job as its entry in the history has it. */
export function ofHistory(id: string, entry: HistoryEntry): Job {
  const [, , graph, extra] = entry.prompt;
  const job = newJob(id, extra.size ?? 0, extra.checkpoint ?? '', adjustmentIn(graph));
  job.adjustment = extra.adjustment ?? job.own;
  switch (entry.outcome) {
    case 'completed':
      job.state = {
        kind: 'done',
        outputs: outputsOf(entry),
        elapsedMs: entry.elapsed_ms,
        timings: entry.timings,
      };
      break;
    case 'failed':
      job.state = { kind: 'failed', error: entry.error };
      break;
    case 'cancelled':
      job.state = { kind: 'cancelled' };
      break;
  }
  return job;
}

export function outputsOf(entry: HistoryEntry): Output[] {
  return Object.entries(entry.outputs).flatMap(([node, { images }]) =>
    images.map((image) => ({ ...image, node })),
  );
}

/** The error of a request, whatever went wrong with it. */
export function bodyOf(error: unknown): ErrorBody {
  if (error instanceof Refused && error.body) {
    const { error: refusal, node_errors } = error.body;
    // A workflow's first faulty node says more than that the workflow is faulty.
    const fault = Object.values(node_errors)[0]?.errors[0] ?? refusal;
    return {
      code: (refusal.extra_info['code'] ?? 'WORKFLOW_INVALID') as ErrorBody['code'],
      message: fault.message,
      messages: (fault.extra_info['messages'] as ErrorBody['messages'] | undefined) ?? {
        en: fault.message,
        'zh-CN': fault.message,
      },
    };
  }
  const text = error instanceof Error ? error.message : String(error);
  return {
    code: 'INTERNAL',
    message: text,
    messages: {
      en: `Tintype's own server did not answer (${text}). Restart Tintype; nothing is lost.`,
      'zh-CN': `Tintype 自带的服务没有响应（${text}）。请重新启动 Tintype，不会丢失任何内容。`,
    },
  };
}
