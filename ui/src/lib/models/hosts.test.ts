// The hosts that the user is told of are those that the catalogue of published models names.

import { describe, expect, it } from 'vitest';
import catalogue from '../../../../models/catalogue.toml?raw';
import { HOSTS } from './hosts';

describe('The hosts of the published models', () => {
  it('are those of the catalogue, no more and no fewer', () => {
    const named = [...catalogue.matchAll(/"https:\/\/([^/"]+)\//gu)].map(([, host]) => host);
    expect([...new Set(named)].sort()).toEqual([...HOSTS].sort());
  });
});
