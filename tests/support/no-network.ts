import { afterAll, beforeAll, expect, vi } from 'vitest';

/** Fails the tests of the file when anything reaches for the network. */
export function useNoNetwork() {
  // Whoever reached for the network would be heard here.
  const fetched = vi.fn(() => Promise.reject(new Error('no network in these tests')));
  beforeAll(() => vi.stubGlobal('fetch', fetched));
  afterAll(() => {
    expect(fetched).not.toHaveBeenCalled();
    vi.unstubAllGlobals();
  });

  return { fetched };
}
