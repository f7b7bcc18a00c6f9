// The job server over HTTP: what every client of it may ask.

import type {
  DownloadRequest,
  PromptAccepted,
  PromptRefused,
  Output,
  Session,
  SystemStats,
  Uploaded,
  Adjustment,
  ErrorBody,
  Outcome,
  Stage,
  Zoo,
} from '../protocol/wire';
import type { Graph } from '../photos/graph';
import type { Preview, Restoration } from '../photos/restoration';

/** A job in the queue, as ComfyUI has it: number, id, workflow, what was kept with it, output nodes. */
export type QueueEntry = [number, string, Graph, ExtraData, string[]];

/** What this window keeps with a job. */
export type ExtraData = {
  title?: string;
  name?: string;
  source?: string;
  width?: number;
  height?: number;
  bytes?: number;
  pages?: number;
  size?: number;
  checkpoint?: string;
  scene?: string;
  adjustment?: Adjustment;
  restoration?: Partial<Restoration>;
  create_time?: number;
};

export type HistoryEntry = {
  prompt: QueueEntry;
  outputs: Record<string, { images: { filename: string; subfolder: string; type: Output['type'] }[] }>;
  outcome: Outcome;
  ended_at: number;
  elapsed_ms: number;
  timings: Partial<Record<Stage, number>>;
  error?: ErrorBody;
};

/** A request that the server refused. */
export class Refused extends Error {
  constructor(
    readonly status: number,
    readonly body: PromptRefused | undefined,
  ) {
    super(`refused with ${status}`);
  }
}

/** How a picture is to be shown. */
export type Rendition = {
  /** The longest side in pixels; 0 for the photo's own, none for a thumbnail. */
  size?: number;
  adjustment?: Adjustment | undefined;
  /** Of an original: as it would be restored, still without colors. */
  restoration?: Preview | undefined;
};

export class Server {
  constructor(private readonly session: Pick<Session, 'address' | 'token' | 'client_id'>) {}

  get socketUrl(): string {
    const { address, token, client_id } = this.session;
    return `ws://${address}/ws?clientId=${client_id}&token=${token}`;
  }

  submit(prompt: Graph, extra: ExtraData, front = false): Promise<PromptAccepted> {
    const body = { prompt, client_id: this.session.client_id, extra_data: extra, front };
    return this.ask('/prompt', body);
  }

  async queue(): Promise<QueueEntry[]> {
    type Queue = { queue_running: QueueEntry[]; queue_pending: QueueEntry[] };
    const queue = await this.ask<Queue>('/queue');
    return [...queue.queue_running, ...queue.queue_pending];
  }

  /** The newest first. */
  async history(most: number, offset = 0): Promise<[string, HistoryEntry][]> {
    const path = `/history?max_items=${most}&offset=${offset}`;
    const entries = Object.entries(await this.ask<Record<string, HistoryEntry>>(path));
    return entries.sort(([, one], [, other]) => other.ended_at - one.ended_at);
  }

  async forget(ids: string[]): Promise<void> {
    await this.ask('/history', { delete: ids });
  }

  async cancelWaiting(ids: string[]): Promise<void> {
    await this.ask('/queue', { delete: ids });
  }

  async interrupt(id: string): Promise<void> {
    await this.ask('/interrupt', { prompt_id: id });
  }

  checkpoints(): Promise<string[]> {
    return this.ask('/models/checkpoints');
  }

  zoo(): Promise<Zoo> {
    return this.ask('/zoo');
  }

  /** Begins a download; how it goes is told over the socket. */
  async download(request: DownloadRequest): Promise<void> {
    await this.ask('/zoo/download', request);
  }

  /** Begins to compare a model's file with what it should be; told over the socket too. */
  async verifyModel(model: string): Promise<void> {
    await this.ask('/zoo/verify', { model });
  }

  async cancelTransfer(model: string): Promise<void> {
    await this.ask('/zoo/cancel', { model });
  }

  /** Deletes a model's file, for good. */
  async removeModel(model: string): Promise<void> {
    await this.ask('/zoo/remove', { model });
  }

  stats(): Promise<SystemStats> {
    return this.ask('/system_stats');
  }

  logs(): Promise<Record<string, unknown>[]> {
    return this.ask('/logs');
  }

  async upload(photo: Blob, name: string): Promise<Uploaded> {
    const form = new FormData();
    form.append('image', new File([photo], name, { type: photo.type }));
    return this.read(
      await fetch(`http://${this.session.address}/upload/image`, {
        method: 'POST',
        headers: this.headers,
        body: form,
      }),
    );
  }

  /** Where a picture of a file is, in a format that a page can show. */
  picture(file: Pick<Output, 'filename' | 'subfolder' | 'type'>, how: Rendition = {}): string {
    const query = new URLSearchParams({
      filename: file.filename,
      subfolder: file.subfolder,
      type: file.type,
      preview: 'jpeg;92',
    });
    if (how.size !== undefined) query.set('size', String(how.size));
    if (how.adjustment) {
      query.set('strength', String(how.adjustment.strength));
      query.set('warmth', String(how.adjustment.warmth));
      query.set('taming', String(how.adjustment.taming));
    }
    for (const [key, value] of Object.entries(how.restoration ?? {})) query.set(key, String(value));
    query.set('token', this.session.token);
    return `http://${this.session.address}/view?${query}`;
  }

  /** The same for a photo of the input folder, by its name in workflows. */
  original(name: string, how: Rendition = {}): string {
    return this.picture(inputFile(name), how);
  }

  /** A mask of what looks like dust and scratches on a photo: gray, 255 is a defect. May take some seconds. */
  defects(name: string, sensitivity: number): Promise<Blob> {
    const query = new URLSearchParams({ ...inputFile(name), sensitivity: String(sensitivity) });
    return this.file(`/defects?${query}`);
  }

  /** A file of the input folder as it is. */
  input(name: string): Promise<Blob> {
    return this.file(`/view?${new URLSearchParams(inputFile(name))}`);
  }

  private get headers(): Record<string, string> {
    return { Authorization: `Bearer ${this.session.token}` };
  }

  private async ask<T>(path: string, body?: unknown): Promise<T> {
    const request: RequestInit =
      body === undefined
        ? { headers: this.headers }
        : { method: 'POST', headers: this.headers, body: JSON.stringify(body) };
    return this.read(await fetch(`http://${this.session.address}${path}`, request));
  }

  private async file(path: string): Promise<Blob> {
    const response = await fetch(`http://${this.session.address}${path}`, { headers: this.headers });
    return response.ok ? response.blob() : this.read(response);
  }

  private async read<T>(response: Response): Promise<T> {
    const text = await response.text();
    const body = text === '' ? undefined : JSON.parse(text);
    if (!response.ok) throw new Refused(response.status, body);
    return body;
  }
}

/** A file of the input folder, by its name in workflows. */
function inputFile(name: string): { filename: string; subfolder: string; type: 'input' } {
  const slash = name.lastIndexOf('/');
  return { filename: name.slice(slash + 1), subfolder: name.slice(0, Math.max(slash, 0)), type: 'input' };
}
