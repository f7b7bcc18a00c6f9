// What may lie over and in the window.

export type Page = 'photos' | 'history' | 'models' | 'settings' | 'log';

export type Toast = { id: number; text: string; kind: 'info' | 'error'; undo?: (() => void) | undefined };

/** A question over the window; answered once. */
export type Question = {
  title: string;
  text: string;
  yes: string;
  no: string;
  answer: (yes: boolean) => void;
};

/** One photo at several sizes, to choose from. */
export type Sheet = { photo: string; jobs: string[] };
