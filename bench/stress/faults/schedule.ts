import { randomOf } from '../../support/random.js';
import { type FaultName, factsOf } from './table.js';

/** A fault that is to happen: everything that chance decides about it. */
export interface Incident {
  readonly fault: FaultName;
  /** Milliseconds after the start of the run. */
  readonly atMs: number;
  /** How long it lasts; 0 for a moment. */
  readonly lastsMs: number;
  readonly process: number;
  /** A thread of the process; -1 is its main thread. */
  readonly worker: number;
  /** From 0 to below 1, for whatever else there is to choose. */
  readonly chance: number;
}

/** What a schedule depends on. */
export interface Plan {
  readonly seed: number;
  readonly faults: readonly FaultName[];
  readonly processes: number;
  readonly workers: number;
  readonly staleMs: number;
  /** Of the run; missing: it ends by itself. */
  readonly seconds?: number | undefined;
}

const shortMs = { least: 300, most: 1200 } as const;
/** What a silence is longer than the stale time. */
const silenceMs = { least: 500, most: 2000 } as const;
/** Between two faults, as a mean. */
const gapMs = { least: 200, most: 2500 } as const;

/**
 * The faults of a run, one after the other, up to its end; the same for the same plan. They come in rounds in which each comes once, so that none is
 * missing in a short run; those that last come first in the first round, and later ones that would not be over at the end are left out.
 */
export function* schedule(plan: Plan): Generator<Incident> {
  const faults = plan.faults.filter((name) => factsOf(name).lasts !== 'run');
  if (faults.length === 0) return;
  const random = randomOf(plan.seed);
  const between = ({ least, most }: { least: number; most: number }) => Math.round(least + random() * (most - least));
  const lastsMs = (name: FaultName) =>
    ({ moment: 0, run: 0, short: between(shortMs), silent: plan.staleMs + between(silenceMs) })[factsOf(name).lasts];
  const meanMs = meanGapMs(plan, faults);
  let atMs = Math.min(500, meanMs);
  for (let round = 0; ; round++) {
    const order = shuffled(faults, random);
    if (round === 0) order.sort((a, b) => rank(a) - rank(b));
    for (const fault of order) {
      if (plan.seconds !== undefined && atMs > plan.seconds * 1000) return;
      const incident = {
        fault,
        atMs: Math.round(atMs),
        lastsMs: lastsMs(fault),
        process: Math.floor(random() * plan.processes),
        worker: Math.floor(random() * (plan.workers + 1)) - 1,
        chance: random(),
      };
      if (round === 0 || !isCutOff(incident, plan)) yield incident;
      atMs += meanMs * (0.5 + random());
    }
  }
}

function isCutOff({ atMs, lastsMs }: Incident, { seconds }: Plan): boolean {
  return seconds !== undefined && lastsMs > 0 && atMs + lastsMs > seconds * 1000;
}

/** So that the first round is over before the end, with what lasts longest. */
function meanGapMs({ seconds, staleMs }: Plan, faults: readonly FaultName[]): number {
  if (seconds === undefined) return 1000;
  const longestMs = { moment: 0, run: 0, short: shortMs.most, silent: staleMs + silenceMs.most };
  const usableMs = seconds * 1000 - Math.max(...faults.map((name) => longestMs[factsOf(name).lasts]));
  return Math.min(gapMs.most, Math.max(gapMs.least, usableMs / (faults.length + 1)));
}

function rank(name: FaultName): number {
  return ['silent', 'short', 'moment', 'run'].indexOf(factsOf(name).lasts);
}

function shuffled<T>(items: readonly T[], random: () => number): T[] {
  const rest = [...items];
  return items.map(() => rest.splice(Math.floor(random() * rest.length), 1)[0] as T);
}
