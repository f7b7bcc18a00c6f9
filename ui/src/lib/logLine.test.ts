// A line of the log, as the window shows it.

import { describe, expect, it } from 'vitest';
import { lineOf } from './logLine';

describe('A line of the log', () => {
  it('has its time, its level and its words, each once', () => {
    expect(lineOf({ timestamp: '2024-05-01T10:20:30Z', level: 'INFO', message: 'job done' })).toEqual({
      at: new Date('2024-05-01T10:20:30Z'),
      level: 'INFO',
      text: 'job done',
      details: '',
    });
  });

  it('has whatever else was logged as details, also from the span around it', () => {
    const { details } = lineOf({
      level: 'INFO',
      message: 'colored',
      target: 'tintype_jobs',
      span: { name: 'job', prompt_id: 'abc' },
      spans: [{ name: 'job', prompt_id: 'abc' }],
      milliseconds: 812,
    });
    expect(details).toBe('prompt_id=abc milliseconds=812');
  });

  it('prefers what the line says itself to what its span says', () => {
    expect(lineOf({ span: { size: 512 }, size: 640 }).details).toBe('size=640');
  });

  it('writes lists and objects out instead of "[object Object]"', () => {
    expect(lineOf({ timings: { load: 3 }, sizes: [1, 2] }).details).toBe('timings={"load":3} sizes=[1,2]');
  });

  it('is shown without a time where there is none, or none that can be read', () => {
    expect(lineOf({ message: 'no time' }).at).toBeUndefined();
    expect(lineOf({ message: 'odd time', timestamp: 'yesterday' }).at).toBeUndefined();
  });

  it('is shown empty rather than not at all where nothing was logged', () => {
    expect(lineOf({})).toEqual({ at: undefined, level: '', text: '', details: '' });
    expect(lineOf({ span: null }).details).toBe('');
  });
});
