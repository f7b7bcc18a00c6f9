// The server's HTTP routes in place of `fetch`: a queue and a history in memory.

import { vi } from 'vitest';
import type { ExtraData, HistoryEntry, QueueEntry } from '../src/lib/backend/server';
import type { Graph } from '../src/lib/photos/graph';
import type { PromptRefused, Zoo } from '../src/lib/protocol/wire';

export type Submission = { prompt: Graph; client_id: string; extra_data: ExtraData; front: boolean };
export type Request = {
  method: string;
  path: string;
  query: Record<string, string>;
  body: unknown;
  authorization: string | undefined;
};

export class FakeServer {
  readonly requests: Request[] = [];
  readonly submissions: Submission[] = [];
  running: QueueEntry[] = [];
  pending: QueueEntry[] = [];
  history: Record<string, HistoryEntry> = {};
  checkpoints: string[] = ['starter'];
  zoo: Zoo = { models: [], addons: [], folder: '/data/models' };
  /** What the next request about a model is refused with. */
  zooRefusal: PromptRefused | undefined;
  /** What the next submissions are refused with, one each. */
  refusals: PromptRefused[] = [];
  /** Runs before a submission is answered, with the id it will get. */
  beforeAnswer: (id: string) => void | Promise<void> = () => undefined;
  /** The masks and photos that are here: what is found, and what is in the input folder by its name. */
  defects: Blob | undefined = new Blob(['found']);
  inputs: Record<string, Blob> = {};
  /** Runs before an upload is answered. */
  beforeUploaded: () => Promise<void> = async () => undefined;
  private count = 0;

  /** Stands in for `fetch` until the test's stubs are taken back. */
  install(): this {
    vi.stubGlobal('fetch', (url: string, init: RequestInit = {}) => this.fetch(url, init));
    return this;
  }

  asked(path: string): Request[] {
    return this.requests.filter((request) => request.path === path);
  }

  private async fetch(url: string, init: RequestInit): Promise<Response> {
    const { pathname, searchParams } = new URL(url);
    const query = Object.fromEntries(searchParams);
    const method = init.method ?? 'GET';
    const body: unknown = typeof init.body === 'string' ? JSON.parse(init.body) : init.body;
    const authorization = new Headers(init.headers).get('Authorization') ?? undefined;
    this.requests.push({ method, path: pathname, query, body, authorization });
    switch (`${method} ${pathname}`) {
      case 'POST /prompt':
        return this.submit(body as Submission);
      case 'GET /queue':
        return Response.json({ queue_running: this.running, queue_pending: this.pending });
      case 'GET /history':
        return Response.json(this.history);
      case 'GET /models/checkpoints':
        return Response.json(this.checkpoints);
      case 'GET /zoo':
        return Response.json(this.zoo);
      case 'GET /defects':
        return file(this.defects);
      case 'GET /view':
        return file(this.inputs[query['filename'] ?? '']);
      case 'POST /upload/image':
        return this.upload(body as FormData);
      case 'POST /zoo/download':
      case 'POST /zoo/cancel':
      case 'POST /zoo/verify':
      case 'POST /zoo/remove':
        return this.aboutModel();
      case 'POST /queue':
      case 'POST /history':
      case 'POST /interrupt':
        return new Response('');
      default:
        return new Response(null, { status: 404 });
    }
  }

  private async upload(form: FormData): Promise<Response> {
    const image = form.get('image') as File;
    this.inputs[image.name] = image;
    await this.beforeUploaded();
    return Response.json({ name: image.name, subfolder: '', type: 'input' });
  }

  private aboutModel(): Response {
    const refused = this.zooRefusal;
    this.zooRefusal = undefined;
    return refused ? Response.json(refused, { status: 409 }) : Response.json({});
  }

  private async submit(submission: Submission): Promise<Response> {
    this.submissions.push(submission);
    const refused = this.refusals.shift();
    if (refused) return Response.json(refused, { status: 400 });
    this.count += 1;
    const id = `job-${this.count}`;
    await this.beforeAnswer(id);
    return Response.json({ prompt_id: id, number: this.count, node_errors: {} });
  }
}

/** A file, or that there is none. */
function file(blob: Blob | undefined): Response {
  return blob ? new Response(blob) : new Response(null, { status: 404 });
}
