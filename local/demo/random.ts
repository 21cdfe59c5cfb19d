/** Everything that the demo makes up follows from this word. */
export const SEED = 'cdnow-demo-1';

const FNV_OFFSET = 0x811c9dc5;
const FNV_PRIME = 0x01000193;

/** FNV-1a, 32 bits (Fowler, Noll, Vo), over UTF-16 units: turns a name into a state. */
function hashOf(text: string): number {
  let hash = FNV_OFFSET;
  for (let at = 0; at < text.length; at += 1) hash = Math.imul(hash ^ text.charCodeAt(at), FNV_PRIME);
  return hash >>> 0;
}

/**
 * Random numbers in [0, 1) that the name decides, always the same: mulberry32 (Tommy Ettinger, public domain)
 * from the FNV-1a hash of the seed and the name's parts. A stream for each question, so that no answer
 * depends on how many others were drawn.
 */
export function randomOf(...name: readonly string[]): () => number {
  let state = hashOf([SEED, ...name].join('\u0000'));
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
