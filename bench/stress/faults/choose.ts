import { didYouMean } from '../../../src/config/did-you-mean.js';
import { IngestError } from '../../../src/errors.js';
import { type FaultName, factsOf, faultNames, faults, type Need } from './table.js';

/**
 * The faults of a list with commas: names, `all` (everything but `no-locks`, which takes the meaning from most others) and `none`.
 * Throws `ERR_USAGE` for a name that is none.
 *
 * @param source where the list was given, for the message
 */
export function parseFaults(list: string, source: string): FaultName[] {
  const asked = new Set<FaultName>();
  for (const word of list.split(',').map((part) => part.trim())) {
    if (word === 'none') continue;
    if (word === 'all') for (const name of faultNames) name !== 'no-locks' && asked.add(name);
    else if (Object.hasOwn(faults, word)) asked.add(word as FaultName);
    else {
      const known = [...faultNames, 'all', 'none'];
      throw new IngestError(
        'ERR_USAGE',
        `${source}: ${word === '' ? 'an empty name' : `no such fault ${JSON.stringify(word)}`}`,
        {
          hint: didYouMean(word, known, `known: ${known.join(', ')}`),
        },
      );
    }
  }
  return faultNames.filter((name) => asked.has(name));
}

/** What a run has of what faults need; the texts say why something is missing. */
export interface Means {
  readonly engine: 'SQLite' | 'MariaDB';
  readonly missing: { readonly [N in Need]?: string | undefined };
}

/** Which faults a run can have, and why not the others. */
export interface Choice {
  readonly chosen: readonly FaultName[];
  readonly notAvailable: Readonly<Record<string, string>>;
}

/** Parts what was asked for into what can be had and what not. */
export function chooseFaults(asked: readonly FaultName[], means: Means): Choice {
  const withoutLocks = asked.includes('no-locks') && why('no-locks', means, false) === undefined;
  const reasons = asked.map((name) => [name, why(name, means, withoutLocks)] as const);
  return {
    chosen: reasons.flatMap(([name, reason]) => (reason === undefined ? [name] : [])),
    notAvailable: Object.fromEntries(reasons.filter((entry): entry is [FaultName, string] => entry[1] !== undefined)),
  };
}

function why(name: FaultName, { engine, missing }: Means, withoutLocks: boolean): string | undefined {
  const { engines, needs = [], notWithoutLocks } = factsOf(name);
  if (!engines.includes(engine)) return `not with a store in ${engine}`;
  if (withoutLocks && notWithoutLocks !== undefined) return `not with no-locks: ${notWithoutLocks}`;
  return needs.map((need) => missing[need]).find((reason) => reason !== undefined);
}
