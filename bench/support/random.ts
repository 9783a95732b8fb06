/** Numbers from 0 to below 1. */
export type Random = () => number;

/** The same numbers for the same parts (mulberry32): a seed, and who it is for. */
export function randomOf(...parts: readonly number[]): Random {
  let state = 0;
  for (const part of parts) state = Math.imul(state ^ part, 0x9e3779b9) + 0x85ebca6b;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** One of them; of at least one. */
export function oneOf<T>(random: Random, values: readonly T[]): T {
  return values[Math.floor(random() * values.length)] as T;
}
