// A job as the window sees it, and what each message from the server makes of it. Pure, so that the
// whole of it can be tested.

import type { Adjustment, ErrorBody, Output, ServerMessage, Stage } from '../protocol/wire';

export type JobState =
  | { kind: 'waiting'; position: number | undefined }
  | { kind: 'running'; share: number; stage: Stage; elapsedMs: number; etaMs: number | undefined }
  | { kind: 'done'; outputs: Output[]; elapsedMs: number; timings: Partial<Record<Stage, number>> }
  | { kind: 'failed'; error: ErrorBody | undefined }
  | { kind: 'cancelled' };

export type Job = {
  id: string;
  size: number;
  checkpoint: string;
  state: JobState;
  /** What the server said before it said that the job failed. */
  error: ErrorBody | undefined;
  /** What its workflow asked for, and what its result's file shows. */
  own: Adjustment;
  /** How its result is shown and saved elsewhere. */
  adjustment: Adjustment;
};

export const NO_ADJUSTMENT: Adjustment = { strength: 1, warmth: 0, taming: 0 };

export function newJob(id: string, size: number, checkpoint: string, own = NO_ADJUSTMENT): Job {
  return {
    id,
    size,
    checkpoint,
    state: { kind: 'waiting', position: undefined },
    error: undefined,
    own,
    adjustment: own,
  };
}

/** How a result is to be shown, if not as its file is. */
export function changeOf({ own, adjustment }: Job): Adjustment | undefined {
  const keys = ['strength', 'warmth', 'taming'] as const;
  return keys.some((key) => own[key] !== adjustment[key]) ? adjustment : undefined;
}

export function isLive(job: Job): boolean {
  return job.state.kind === 'waiting' || job.state.kind === 'running';
}

/** How far it is, 0 to 1. */
export function shareOf(state: JobState): number {
  switch (state.kind) {
    case 'waiting':
      return 0;
    case 'running':
      return state.share;
    case 'done':
    case 'failed':
    case 'cancelled':
      return 1;
  }
}

/** What the server tells, but for models. */
export type JobMessage = Exclude<ServerMessage, { type: 'model' }>;

/** The job that a message is about. */
export function subjectOf(message: JobMessage): string | undefined {
  return message.data.prompt_id;
}

/** What a message makes of the job that it is about. What has ended stays so. */
export function after(job: Job, message: JobMessage): Job {
  if (!isLive(job)) return job;
  switch (message.type) {
    case 'status':
      if (message.data.status !== 'queued') return job;
      return { ...job, state: { kind: 'waiting', position: message.data.position } };
    case 'execution_start':
      return { ...job, state: running(0, 'load', 0, undefined) };
    case 'progress': {
      const { value, max, stage, elapsed_ms, eta_ms } = message.data;
      return { ...job, state: running(max > 0 ? value / max : 0, stage, elapsed_ms, eta_ms) };
    }
    case 'error':
      return { ...job, error: message.data };
    case 'execution_stop': {
      const { outcome, outputs, elapsed_ms, timings } = message.data;
      switch (outcome) {
        case 'completed':
          return { ...job, state: { kind: 'done', outputs, elapsedMs: elapsed_ms, timings } };
        case 'failed':
          return { ...job, state: { kind: 'failed', error: job.error } };
        case 'cancelled':
          return { ...job, state: { kind: 'cancelled' } };
      }
    }
  }
}

function running(
  share: number,
  stage: Stage,
  elapsedMs: number,
  etaMs: number | undefined,
): JobState {
  return { kind: 'running', share, stage, elapsedMs, etaMs };
}
