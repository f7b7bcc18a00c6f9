// What tests begin with: a library or a whole window, with a server and a shell that only remember.

import { vi } from 'vitest';
import { App } from '../src/lib/app.svelte';
import { Server } from '../src/lib/backend/server';
import type { Job } from '../src/lib/photos/job';
import { Library, type Photo } from '../src/lib/photos/library.svelte';
import type { Session } from '../src/lib/protocol/wire';
import { photo, progress, SESSION, stopped } from './examples';
import { FakeServer } from './fakeServer';
import { FakeShell } from './fakeShell';

export function givenLibrary(...names: string[]) {
  const server = new FakeServer().install();
  const shell = new FakeShell();
  const ended = vi.fn<(photo: Photo | undefined, job: Job) => void>();
  const library = new Library(new Server(SESSION), shell, ended);
  for (const name of names) library.add(photo(name));
  return { library, server, shell, ended };
}

export function givenApp(names: string[] = [], session: Partial<Session> = {}) {
  const server = new FakeServer().install();
  const shell = new FakeShell();
  const app = new App(shell, { ...SESSION, ...session });
  for (const name of names) app.library.add(photo(name));
  return { app, server, shell };
}

/** A photo of the window as it is now. */
export function photoIn(library: Library, name: string): Photo {
  const found = library.photos.get(name);
  if (!found) throw new Error(`${name} is not in the window`);
  return found;
}

/** A photo's job as it is now. */
export function jobIn(library: Library, name: string): Job {
  const job = library.jobOf(photoIn(library, name));
  if (!job) throw new Error(`${name} has no job`);
  return job;
}

/** Queues a photo and says how far it came. */
export async function givenRunning(library: Library, name: string, share: number): Promise<Job> {
  const id = await library.colorize(photoIn(library, name), 512, 'starter');
  if (id === undefined) throw new Error(`${name} was refused`);
  library.hear(progress(id, share));
  return jobIn(library, name);
}

export async function givenDone(library: Library, name: string): Promise<Job> {
  const { id } = await givenRunning(library, name, 0.9);
  library.hear(stopped(id, 'completed'));
  return jobIn(library, name);
}

/** The texts of the messages over the window. */
export function said(app: App): string[] {
  return app.toasts.map((toast) => toast.text);
}
