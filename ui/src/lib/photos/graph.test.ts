// The workflows that are sent: the usual one, and a dropped one with a photo put into it.

import { describe, expect, it } from 'vitest';
import { WORKFLOW } from '../../../tests/examples';
import { USUAL_SAVING } from '../saving';
import { adjustmentIn, filledGraph, type Graph, prefixOf, usualGraph } from './graph';
import { USUAL_RESTORATION } from './restoration';

const CHOICE = { name: 'albums/oma.jpg', size: 640, checkpoint: 'published.pth' };

describe('The usual workflow', () => {
  it('loads the photo, colors it at the chosen size with the chosen model, and saves it under its title', () => {
    expect(usualGraph(CHOICE, 'Oma 1931.jpg')).toEqual({
      '1': { class_type: 'LoadImage', inputs: { image: 'albums/oma.jpg' } },
      '2': {
        class_type: 'DDColor_Colorize',
        inputs: { image: ['1', 0], model_input_size: 640, checkpoint: 'published.pth' },
      },
      '3': { class_type: 'SaveImage', inputs: { images: ['2', 0], filename_prefix: 'Oma 1931' } },
    });
  });
});

describe('What is restored and what a file keeps', () => {
  const restoration = { ...USUAL_RESTORATION, dust: 0.5, defects: 'oma-marks.png', geometry: 'fit' } as const;
  const saving = { ...USUAL_SAVING, metadata: 'strip', mark: true } as const;
  const chosen = { ...CHOICE, restoration, saving };

  it('are said to their nodes, as far as they are not as usual', () => {
    const graph = usualGraph(chosen, 'Oma.jpg');
    expect(graph['2']?.inputs).toEqual({
      image: ['1', 0],
      model_input_size: 640,
      checkpoint: 'published.pth',
      dust: 0.5,
      defects: 'oma-marks.png',
      geometry: 'fit',
    });
    expect(graph['3']?.inputs).toEqual({
      images: ['2', 0],
      filename_prefix: 'Oma',
      metadata: 'strip',
      mark: true,
    });
  });

  it('are not said at all where they are as usual', () => {
    const usual = { ...CHOICE, restoration: USUAL_RESTORATION, saving: USUAL_SAVING };
    expect(usualGraph(usual, 'Oma.jpg')).toEqual(usualGraph(CHOICE, 'Oma.jpg'));
    expect(filledGraph(WORKFLOW.prompt, usual)).toEqual(filledGraph(WORKFLOW.prompt, CHOICE));
  });

  it('come into a dropped workflow where it says nothing of them itself', () => {
    const workflow: Graph = {
      dust: { class_type: 'PrimitiveFloat', inputs: { value: 0.1 } },
      color: {
        class_type: 'DDColor_Colorize',
        inputs: { image: ['load', 0], geometry: 'square', dust: ['dust', 0] },
      },
      save: { class_type: 'SaveImage', inputs: { images: ['color', 0], metadata: 'keep' } },
      show: { class_type: 'PreviewImage', inputs: { images: ['color', 0] } },
    };
    const filled = filledGraph(workflow, chosen);
    expect(filled['color']?.inputs).toMatchObject({ geometry: 'square', dust: ['dust', 0], defects: 'oma-marks.png' });
    expect(filled['save']?.inputs).toEqual({ images: ['color', 0], metadata: 'keep', mark: true });
    expect(filled['show']).toEqual(workflow['show']);
    expect(workflow['save']?.inputs).toEqual({ images: ['color', 0], metadata: 'keep' });
  });
});

describe('A dropped workflow', () => {
  it('gets the photo, the size and the model, and keeps all else', () => {
    const filled = filledGraph(WORKFLOW.prompt, CHOICE);
    expect(filled['a']?.inputs).toEqual({ image: 'albums/oma.jpg' });
    expect(filled['b']?.inputs).toEqual({
      image: ['a', 0],
      model_input_size: 640,
      checkpoint: 'published.pth',
    });
    expect(filled['c']).toEqual(WORKFLOW.prompt['c']);
  });

  it('keeps the links from other nodes where it has them in place of a size or a model', () => {
    const linked: Graph = {
      size: { class_type: 'PrimitiveInt', inputs: { value: 900 } },
      model: { class_type: 'PrimitiveString', inputs: { value: 'other.pth' } },
      color: {
        class_type: 'DDColor_Colorize',
        inputs: { image: ['load', 0], model_input_size: ['size', 0], checkpoint: ['model', 0] },
      },
    };
    expect(filledGraph(linked, CHOICE)).toEqual(linked);
  });

  it('gets the photo at every place that loads one', () => {
    const two: Graph = {
      one: { class_type: 'LoadImage', inputs: { image: 'a.png' } },
      other: { class_type: 'LoadImage', inputs: { image: 'b.png' } },
    };
    const images = Object.values(filledGraph(two, CHOICE)).map((node) => node.inputs['image']);
    expect(images).toEqual(['albums/oma.jpg', 'albums/oma.jpg']);
  });

  it('is itself left as it was, for the next photo', () => {
    const before = structuredClone(WORKFLOW.prompt);
    filledGraph(WORKFLOW.prompt, CHOICE);
    expect(WORKFLOW.prompt).toEqual(before);
  });
});

describe('The name of a result begins', () => {
  it.each([
    ['Oma 1931.jpg', 'Oma 1931'],
    ['scan.final.tiff', 'scan.final'],
    ['奶奶.png', '奶奶'],
    ['no ending', 'no ending'],
  ])('as the photo is called: %s gives %s', (title, prefix) => {
    expect(prefixOf(title)).toBe(prefix);
  });

  it('without anything that some system takes for a folder or refuses', () => {
    expect(prefixOf('../../etc/passwd.jpg')).toBe('....etcpasswd');
    expect(prefixOf('a\\b/c:d*e?f"g<h>i|j.jpg')).toBe('abcdefghij');
    expect(prefixOf('line\nbreak\u0000.jpg')).toBe('linebreak');
  });

  it('without spaces or dots at its end, which Windows takes away', () => {
    expect(prefixOf('  Oma  .jpg')).toBe('Oma');
    expect(prefixOf('Oma....jpg')).toBe('Oma');
  });

  it.each(['', '.jpg', '???.png', ' . .jpg', '/.png'])('with "photo" where nothing is left of "%s"', (title) => {
    expect(prefixOf(title)).toBe('photo');
  });

  it('with at most 80 characters, none of them cut in half', () => {
    expect(prefixOf(`${'x'.repeat(200)}.jpg`)).toBe('x'.repeat(80));
    expect(prefixOf(`${'📷'.repeat(90)}.jpg`)).toBe('📷'.repeat(80));
  });
});

describe('The colors that a workflow asks for', () => {
  it('are those of its node that colors, as far as it says them as numbers, and else the usual ones', () => {
    const color = { strength: 0.5, taming: ['other', 0], image: ['load', 0] };
    const graph: Graph = {
      load: { class_type: 'LoadImage', inputs: { image: 'a.png', strength: 9 } },
      color: { class_type: 'DDColor_Colorize', inputs: color },
    };
    expect(adjustmentIn(graph)).toEqual({ strength: 0.5, warmth: 0, taming: 0 });
    expect(adjustmentIn({})).toEqual({ strength: 1, warmth: 0, taming: 0 });
  });
});
