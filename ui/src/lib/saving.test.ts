// What a written file keeps: what of it is said to the server.

import { describe, expect, it } from 'vitest';
import type { Saving } from './protocol/wire';
import { savingInputs, USUAL_SAVING } from './saving';

const OTHER: Saving = {
  metadata: 'strip',
  color_space: 'source',
  provenance: false,
  mark: true,
  file_times: true,
};

describe('The inputs of saving', () => {
  it('are none where all is as usual', () => {
    expect(savingInputs(USUAL_SAVING)).toEqual({});
  });

  it('say what differs, and nothing else', () => {
    expect(savingInputs(OTHER)).toEqual(OTHER);
    expect(savingInputs({ ...USUAL_SAVING, metadata: 'strip' })).toEqual({ metadata: 'strip' });
  });
});
