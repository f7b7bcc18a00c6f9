// What is said of a job's state and its time.

import { describe, expect, it } from 'vitest';
import { progress, started, stopped } from '../../../tests/examples';
import { en } from '../../lib/i18n/en';
import { after, type Job, type JobMessage, newJob } from '../../lib/photos/job';
import type { Stage } from '../../lib/protocol/wire';
import { stateText, timeText } from './state';

function afterAll(...messages: JobMessage[]): Job {
  return messages.reduce(after, newJob('job', 512, 'starter'));
}

describe('The state in words', () => {
  it('is that nothing has happened yet, or that the server did not take it', () => {
    expect(stateText(undefined, false, en)).toBe('Ready');
    expect(stateText(undefined, true, en)).toBe('Failed');
  });

  it.each([
    ['load', 'Reading'],
    ['preprocess', 'Preparing'],
    ['inference', 'Coloring 40 %'],
    ['postprocess', 'Finishing'],
    ['save', 'Saving'],
  ] as const)('names the stage %s: %s', (stage: Stage, words) => {
    expect(stateText(afterAll(progress('job', 0.4, stage)), false, en)).toBe(words);
  });

  it('is that it waits where its place is not known', () => {
    expect(stateText(afterAll(), false, en)).toBe('Waiting');
  });
});

describe('The time', () => {
  it('is not spoken of before the job has begun', () => {
    expect(timeText(undefined, en)).toBe('');
    expect(timeText(afterAll(), en)).toBe('');
  });

  it('is what has passed, and what is left once that can be said', () => {
    expect(timeText(afterAll(started('job')), en)).toBe('0:00 so far');
    expect(timeText(afterAll(progress('job', 0.4)), en)).toBe('0:02 so far · 0:03 left');
  });

  it('is what it took in the end: to a tenth of a second where it was short', () => {
    const took = (milliseconds: number) => {
      const message = stopped('job', 'completed');
      if (message.type === 'execution_stop') message.data.elapsed_ms = milliseconds;
      return timeText(afterAll(message), en);
    };
    expect(took(1240)).toBe('took 1.2 s');
    expect(took(75_000)).toBe('took 1:15');
  });
});
