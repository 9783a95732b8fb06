import { jainOf, type Percentiles, percentilesOf } from '../support/statistics.js';

/** One run of a contender, in milliseconds of the common clock. */
export interface Sample {
  /** When it asked for the lock. */
  readonly asked: number;
  /** When its work began. */
  readonly started: number;
  /** When its work had ended. */
  readonly ended: number;
}

/** What is measured: not the warm-up before, and not what is brought to its end after it. */
export interface Window {
  readonly fromMs: number;
  readonly toMs: number;
}

/** What can be said of anything that several do in turn. */
export interface ShareFigures {
  readonly perSecond: number;
  /** Of each contender in the window. */
  readonly counts: readonly number[];
  /** Jain's index of `counts`: 1 when all have the same, 1/n when one has everything. */
  readonly jain: number;
  /** From asking to the begin of the work, those that began after the warm-up. */
  readonly waitMs: Percentiles;
}

export interface ContentionFigures extends ShareFigures {
  /** From the end of the work of one to the begin of that of the next, which is another and was waiting. Left out when there was none. */
  readonly handOverMs?: Percentiles;
  /** Of the works that ended while another was waiting, the part after which came one that was waiting. Left out when there was none. */
  readonly handedOn?: number;
  /** From the end of each such work to the begin of the first that was waiting, whoever came in between: a lock that is not handed on shows here. */
  readonly servedMs?: Percentiles;
  /** The part of the window in which the work ran. */
  readonly busy: number;
  /** Works that began before another had ended: the lock does not exclude. */
  readonly overlaps: number;
}

export interface StoreFigures extends ShareFigures {
  /** Runs of a transaction after its first one. */
  readonly retries: number;
  /** Transactions that the strategy gave up. Their time counts as a wait. */
  readonly gaveUp: number;
  /** Also before and after the window. */
  readonly committed: number;
}

/** What a writer of a store did. */
export interface WriterReport {
  readonly samples: readonly Sample[];
  readonly retries: number;
  /** The time that each transaction took which was given up. */
  readonly gaveUpMs: readonly number[];
}

/** Figures of contenders, each with its runs in order. */
export function contentionFigures(contenders: readonly (readonly Sample[])[], window: Window): ContentionFigures {
  const all = contenders.flatMap((samples, who) => samples.map((sample) => ({ ...sample, who })));
  all.sort((a, b) => a.started - b.started);
  const places = contenders.map((samples) => ({ samples, next: 0 }));
  const handOvers: number[] = [];
  const served: number[] = [];
  let overlaps = 0;
  let busyMs = 0;
  for (const [i, { who, started, ended }] of all.entries()) {
    busyMs += Math.max(0, Math.min(ended, window.toMs) - Math.max(started, window.fromMs));
    const follower = all[i + 1];
    if (follower && follower.started < ended) overlaps++;
    if (!follower || !isIn(window, ended)) continue;
    const waiting = places.flatMap((place, other) => (other === who ? [] : (beginOfWaiting(place, ended) ?? [])));
    if (waiting.length > 0) served.push(Math.min(...waiting) - ended);
    if (follower.who !== who && follower.asked < ended) handOvers.push(follower.started - ended);
  }
  return {
    ...shareFigures(contenders, window),
    ...(handOvers.length > 0 ? { handOverMs: percentilesOf(handOvers) } : {}),
    ...(served.length > 0 ? { servedMs: percentilesOf(served), handedOn: handOvers.length / served.length } : {}),
    busy: busyMs / (window.toMs - window.fromMs),
    overlaps,
  };
}

/** When the work began for which a contender was waiting at `time`; undefined when it was not. Asked for times that grow: `next` keeps the place. */
function beginOfWaiting(place: { readonly samples: readonly Sample[]; next: number }, time: number): number | undefined {
  const { samples } = place;
  while ((samples[place.next]?.started ?? Number.POSITIVE_INFINITY) < time) place.next++;
  const sample = samples[place.next];
  return sample && sample.asked < time ? sample.started : undefined;
}

export function storeFigures(writers: readonly WriterReport[], window: Window): StoreFigures {
  const samples = writers.map((writer) => writer.samples);
  const gaveUpMs = writers.flatMap((writer) => writer.gaveUpMs);
  return {
    ...shareFigures(samples, window, gaveUpMs),
    retries: writers.reduce((sum, { retries }) => sum + retries, 0),
    gaveUp: gaveUpMs.length,
    committed: samples.flat().length,
  };
}

function shareFigures(
  contenders: readonly (readonly Sample[])[],
  window: Window,
  otherWaits: readonly number[] = [],
): ShareFigures {
  const counts = contenders.map((samples) => samples.filter(({ ended }) => isIn(window, ended)).length);
  const sum = counts.reduce((total, count) => total + count, 0);
  // The wait that was not over when the window was is the longest of who got nothing.
  const waits = contenders.flat().filter(({ started }) => started >= window.fromMs);
  return {
    perSecond: (sum * 1000) / (window.toMs - window.fromMs),
    counts,
    jain: jainOf(counts),
    waitMs: percentilesOf([...waits.map(({ asked, started }) => started - asked), ...otherWaits]),
  };
}

function isIn({ fromMs, toMs }: Window, time: number): boolean {
  return time >= fromMs && time < toMs;
}
