import type { en } from './en';

/** The words of one language: the keys of the English ones. */
export type Messages = {
  [K in keyof typeof en]: (typeof en)[K] extends string ? string : (typeof en)[K] extends (...args: infer A) => string ? (...args: A) => string : never;
};
