/** How much a finding matters, from nothing to "do not write here before this is mended". */
export const levels = ['ok', 'note', 'warning', 'problem'] as const;

export type Level = (typeof levels)[number];

/** What a check found, and what to do about it. */
export interface Finding {
  /** The name of the check, in the registry. */
  readonly check: string;
  readonly level: Level;
  readonly found: string;
  readonly advice?: string | undefined;
  /** Tells findings of one check and level apart, where what is recommended depends on it. */
  readonly code?: FindingCode | undefined;
}

/** Locks that keep nobody out; locks that cannot be used at all. */
export type FindingCode = 'no exclusion' | 'unusable';

/** A finding before it is known whose it is. */
export type Found = Omit<Finding, 'check'>;

/** One thing that is looked at. It changes nothing of the place, and finds nothing where it has no meaning. */
export interface Check<Place> {
  readonly name: string;
  look(place: Place): readonly Found[] | Promise<readonly Found[]>;
}

/** The highest level of some findings; `ok` when there are none. */
export function worstOf(findings: readonly Finding[]): Level {
  return levels[Math.max(0, ...findings.map(({ level }) => levels.indexOf(level)))] ?? 'ok';
}
