// What is said of a job's state.

import { clock, percent } from '../../lib/format';
import type { Messages } from '../../lib/i18n/messages';
import type { Job } from '../../lib/photos/job';

/** The state in a few words. Of the network, its own share is said, not that of the whole way. */
export function stateText(job: Job | undefined, isTroubled: boolean, t: Messages): string {
  if (isTroubled) return t.failed;
  if (!job) return t.ready;
  const { state } = job;
  switch (state.kind) {
    case 'waiting':
      return state.position === undefined ? t.stageWaiting : t.stageWaitingAt(state.position);
    case 'running':
      return state.stage === 'inference'
        ? t.stage_inference(percent(state.share))
        : t[`stage_${state.stage}`];
    case 'done':
      return t.saved;
    case 'failed':
      return t.failed;
    case 'cancelled':
      return t.cancelled;
  }
}

/** The state without a percentage, for where that is shown by itself. */
export function stageText(job: Job, t: Messages): string {
  const { state } = job;
  const isColoring = state.kind === 'running' && state.stage === 'inference';
  return isColoring ? t.stageColoring : stateText(job, false, t);
}

/** The time of a job: so far and left, or in all. */
export function timeText(job: Job | undefined, t: Messages): string {
  const state = job?.state;
  if (state?.kind === 'done') return t.took(seconds(state.elapsedMs));
  if (state?.kind !== 'running') return '';
  const left = state.etaMs === undefined ? '' : ` · ${t.remaining(clock(state.etaMs))}`;
  return t.elapsed(clock(state.elapsedMs)) + left;
}

function seconds(milliseconds: number): string {
  return milliseconds < 10_000 ? `${(milliseconds / 1000).toFixed(1)} s` : clock(milliseconds);
}
