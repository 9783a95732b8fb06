import type { Relationship } from './types.js';

/** A text that two relationships share when they are the same. */
export function relationshipKey({ subject, predicate, object }: Relationship): string {
  return JSON.stringify([subject, predicate, object]);
}
