// What the messages from the server make of a job, over whole sequences of them.

import { describe, expect, it } from 'vitest';
import { errorBody, failure, progress, queued, started, stopped } from '../../../tests/examples';
import { after, isLive, type Job, type JobMessage, newJob, shareOf, subjectOf } from './job';

const ID = 'job';

function afterAll(...messages: JobMessage[]): Job {
  return messages.reduce(after, newJob(ID, 512, 'starter'));
}

describe('A job', () => {
  it('waits without a place until the server says one', () => {
    expect(afterAll().state).toEqual({ kind: 'waiting', position: undefined });
    expect(afterAll(queued(ID, 3)).state).toEqual({ kind: 'waiting', position: 3 });
    expect(afterAll(queued(ID, 3), queued(ID, 1)).state).toEqual({ kind: 'waiting', position: 1 });
  });

  it('runs from the start of its execution, with nothing done and no time told yet', () => {
    expect(afterAll(queued(ID, 1), started(ID)).state).toEqual({
      kind: 'running',
      share: 0,
      stage: 'load',
      elapsedMs: 0,
      etaMs: undefined,
    });
  });

  it('has exactly the share, stage and times that the last progress told', () => {
    const job = afterAll(started(ID), progress(ID, 0.2, 'preprocess'), progress(ID, 0.613));
    expect(job.state).toEqual({
      kind: 'running',
      share: 0.613,
      stage: 'inference',
      elapsedMs: 2000,
      etaMs: 3000,
    });
  });

  it('has done nothing where the whole is nothing', () => {
    const message = progress(ID, 0);
    if (message.type === 'progress') message.data.max = 0;
    expect(shareOf(afterAll(message).state)).toBe(0);
  });

  it('is not moved by what is said of the server as a whole, or that it executes', () => {
    const before = afterAll(progress(ID, 0.5));
    const message: JobMessage = {
      type: 'status',
      data: { status: 'executing', prompt_id: ID, queue_remaining: 1 },
    };
    expect(after(before, message)).toBe(before);
  });

  it('is done with its files and times', () => {
    const job = afterAll(started(ID), progress(ID, 0.9, 'save'), stopped(ID, 'completed'));
    expect(job.state).toEqual({
      kind: 'done',
      outputs: [{ node: '3', filename: 'job.png', subfolder: '', type: 'output' }],
      elapsedMs: 5000,
      timings: { inference: 4000 },
    });
  });

  it('fails with the error that came before the stop', () => {
    const error = errorBody('OUT_OF_MEMORY', { suggested_size: 640 });
    const warned = afterAll(started(ID), failure(ID, error));
    expect(warned.state.kind).toBe('running');
    expect(after(warned, stopped(ID, 'failed')).state).toEqual({
      kind: 'failed',
      error: { ...error, prompt_id: ID },
    });
  });

  it('fails without words where the server gave none', () => {
    expect(afterAll(started(ID), stopped(ID, 'failed')).state).toEqual({
      kind: 'failed',
      error: undefined,
    });
  });

  it('is cancelled while it waits as well as while it runs', () => {
    expect(afterAll(queued(ID, 2), stopped(ID, 'cancelled')).state).toEqual({ kind: 'cancelled' });
    expect(afterAll(progress(ID, 0.4), stopped(ID, 'cancelled')).state).toEqual({ kind: 'cancelled' });
  });

  it.each(['completed', 'failed', 'cancelled'] as const)(
    'that has %s stays so, whatever comes later',
    (outcome) => {
      const ended = afterAll(started(ID), stopped(ID, outcome));
      const late = [
        queued(ID, 1),
        started(ID),
        progress(ID, 0.1),
        failure(ID, errorBody('INTERNAL')),
        stopped(ID, 'completed'),
        stopped(ID, 'cancelled'),
      ];
      for (const message of late) expect(after(ended, message)).toBe(ended);
    },
  );

  it('is live until it has ended, and counts as whole from then on', () => {
    expect(isLive(afterAll())).toBe(true);
    expect(shareOf(afterAll().state)).toBe(0);
    expect(isLive(afterAll(progress(ID, 0.3)))).toBe(true);
    expect(shareOf(afterAll(progress(ID, 0.3)).state)).toBeCloseTo(0.3);
    for (const outcome of ['completed', 'failed', 'cancelled'] as const) {
      const ended = afterAll(progress(ID, 0.3), stopped(ID, outcome));
      expect(isLive(ended)).toBe(false);
      expect(shareOf(ended.state)).toBe(1);
    }
  });

  it('is not changed in place: what was shown before stays as it was', () => {
    const before = newJob(ID, 512, 'starter');
    after(before, progress(ID, 0.5));
    expect(before).toEqual(newJob(ID, 512, 'starter'));
  });
});

describe('A message', () => {
  it('is about the job that it names', () => {
    expect(subjectOf(progress(ID, 0.5))).toBe(ID);
    expect(subjectOf(failure(ID, errorBody('INTERNAL')))).toBe(ID);
  });

  it('is about no job where it tells of the server', () => {
    const message: JobMessage = { type: 'status', data: { status: 'idle', queue_remaining: 0 } };
    expect(subjectOf(message)).toBeUndefined();
  });
});
