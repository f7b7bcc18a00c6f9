// What a written file keeps: what of it is said to the server, and how it is remembered.

import { describe, expect, it } from 'vitest';
import { PageStore, type Saving, savingInputs, USUAL_SAVING } from './saving';

const OTHER: Saving = {
  metadata: 'strip',
  color_space: 'source',
  provenance: false,
  mark: true,
  file_times: true,
};

/** A page's storage, in memory. */
function storage(kept: Record<string, string> = {}) {
  return {
    kept,
    getItem: (key: string) => kept[key] ?? null,
    setItem: (key: string, value: string) => {
      kept[key] = value;
    },
  };
}

describe('The inputs of saving', () => {
  it('are none where all is as usual', () => {
    expect(savingInputs(USUAL_SAVING)).toEqual({});
  });

  it('say what differs, and nothing else', () => {
    expect(savingInputs(OTHER)).toEqual(OTHER);
    expect(savingInputs({ ...USUAL_SAVING, metadata: 'strip' })).toEqual({ metadata: 'strip' });
  });
});

describe('The choices that a page keeps', () => {
  it('are as usual at first', () => {
    expect(new PageStore(storage()).read()).toEqual(USUAL_SAVING);
  });

  it('are there again when the window opens again', () => {
    const place = storage();
    new PageStore(place).write(OTHER);
    expect(new PageStore(place).read()).toEqual(OTHER);
  });

  it.each(['', 'no json', 'null', '7', '"strip"', '[]'])('are as usual where something else was kept: %s', (text) => {
    expect(new PageStore(storage({ saving: text })).read()).toEqual(USUAL_SAVING);
  });

  it('are each as usual where there is no such choice', () => {
    const text = JSON.stringify({ metadata: 'sell', color_space: 7, provenance: 'no', mark: true, more: 1 });
    expect(new PageStore(storage({ saving: text })).read()).toEqual({ ...USUAL_SAVING, mark: true });
  });

  it('are as usual where the page may not keep anything', () => {
    const closed = {
      getItem: () => {
        throw new Error('not allowed');
      },
      setItem: () => undefined,
    };
    expect(new PageStore(closed).read()).toEqual(USUAL_SAVING);
  });
});
