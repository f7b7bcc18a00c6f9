// Workflows in the API form: the usual one, and a dropped one with a photo put into it.

import type { Adjustment, Saving } from '../protocol/wire';
import { savingInputs, USUAL_SAVING } from '../saving';
import { NO_ADJUSTMENT } from './job';
import { type Restoration, restorationInputs, USUAL_RESTORATION } from './restoration';

/** A workflow: nodes by id. */
export type Graph = Record<string, { class_type: string; inputs: Record<string, unknown> }>;

export type Choice = {
  name: string;
  size: number;
  checkpoint: string;
  restoration?: Restoration;
  saving?: Saving;
};

/** Characters that no name of a file has on every system. */
const UNFIT = /[\\/:*?"<>|\p{Cc}]/gu;
/** The longest beginning of a result's name. */
const LONGEST = 80;

/** The usual way of a photo. */
export function usualGraph(choice: Choice, title: string): Graph {
  return {
    '1': { class_type: 'LoadImage', inputs: { image: choice.name } },
    '2': {
      class_type: 'DDColor_Colorize',
      inputs: {
        image: ['1', 0],
        model_input_size: choice.size,
        checkpoint: choice.checkpoint,
        ...restored(choice),
      },
    },
    '3': {
      class_type: 'SaveImage',
      inputs: { images: ['2', 0], filename_prefix: prefixOf(title), ...kept(choice) },
    },
  };
}

/** A workflow with this photo, size and checkpoint wherever it says so itself. */
export function filledGraph(workflow: Graph, choice: Choice): Graph {
  const filled: Graph = structuredClone(workflow);
  for (const node of Object.values(filled)) {
    if (node.class_type === 'LoadImage') {
      node.inputs['image'] = choice.name;
    } else if (node.class_type === 'DDColor_Colorize') {
      // An input that comes from another node stays as it is.
      if (!Array.isArray(node.inputs['model_input_size'])) {
        node.inputs['model_input_size'] = choice.size;
      }
      if (!Array.isArray(node.inputs['checkpoint'])) {
        node.inputs['checkpoint'] = choice.checkpoint;
      }
      // Whoever wrote the workflow knew what for.
      node.inputs = { ...restored(choice), ...node.inputs };
    } else if (node.class_type === 'SaveImage') {
      node.inputs = { ...kept(choice), ...node.inputs };
    }
  }
  return filled;
}

/** The colors that a workflow asks for, in the first of its nodes that colors. */
export function adjustmentIn(graph: Graph): Adjustment {
  const node = Object.values(graph).find(({ class_type }) => class_type === 'DDColor_Colorize');
  const value = (key: keyof Adjustment) => {
    const given = node?.inputs[key];
    return typeof given === 'number' ? given : NO_ADJUSTMENT[key];
  };
  return { strength: value('strength'), warmth: value('warmth'), taming: value('taming') };
}

const restored = ({ restoration = USUAL_RESTORATION }: Choice) => restorationInputs(restoration);
const kept = ({ saving = USUAL_SAVING }: Choice) => savingInputs(saving);

/** What results of a photo are called, before their number. */
export function prefixOf(title: string): string {
  const stem = title.replace(/\.[^.]*$/u, '').replace(UNFIT, '').trim().replace(/\.+$/u, '');
  return [...stem].slice(0, LONGEST).join('').trim() || 'photo';
}
