// What may lie over and in the window.

export type Page = 'photos' | 'history' | 'models' | 'settings' | 'log';

/** A message. One that informs goes away by itself; the others stay until they are closed. */
export type Toast = {
  id: number;
  text: string;
  kind: 'info' | 'news' | 'error';
  action?: Action | undefined;
};

/** What a message offers to do. */
export type Action = { label: string; run: () => void };

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
