import type { Course } from '../support/peers.js';
import { Times } from './histogram.js';
import { type Report, spanWidth } from './protocol.js';
import type { Span, Timeline, TrialResult } from './results.js';

/** Spans of a timeline at most: what a page can show. */
const shownSpans = 1500;

/** A kept sample, and who it is of. */
interface Turn {
  readonly lane: number;
  readonly asked: number;
  readonly begun: number;
  readonly ended: number;
  readonly gaveUp: boolean;
  readonly retries: number;
}

/** What can be said of who held the lock when. */
export interface Contention {
  readonly handOverMs: TrialResult['handOverMs'];
  readonly usefulShare: number;
  readonly timeline: Timeline;
}

/** Looks at the kept samples of all contenders, in the order in which their transactions began. */
export function contentionOf(reports: readonly Report[], { fromMs, toMs }: Omit<Course, 'startMs'>): Contention {
  const turns = reports.flatMap(turnsOf).sort((a, b) => a.begun - b.begun);
  // Where samples of somebody were not kept, it is not known who held the lock.
  const endMs = Math.min(toMs, ...reports.filter(({ isCut }) => isCut).map(lastEnd));
  const known = turns.filter(({ begun }) => begun < endMs);
  return {
    handOverMs: handOvers(known, reports),
    usefulShare: coverage(known, fromMs, endMs),
    timeline: {
      lanes: reports.map(({ process, worker }) => ({ process, worker })),
      spans: spansOf(turns, fromMs, endMs),
    },
  };
}

function turnsOf({ spans }: Report, lane: number): Turn[] {
  return Array.from({ length: spans.length / spanWidth }, (_, n) => {
    const [asked = 0, begun = 0, ended = 0, gaveUp = 0, retries = 0] = spans.subarray(n * spanWidth, (n + 1) * spanWidth);
    return { lane, asked, begun, ended, gaveUp: gaveUp === 1, retries };
  });
}

function lastEnd({ spans }: Report): number {
  return spans[spans.length - spanWidth + 2] ?? Number.POSITIVE_INFINITY;
}

/** From the end of one to the begin of the next, where that is another's who was waiting. Where several can hold at once, those that overlap say nothing. */
function handOvers(turns: readonly Turn[], reports: readonly Report[]): TrialResult['handOverMs'] {
  const same = new Times();
  const other = new Times();
  const done = turns.filter(({ gaveUp }) => !gaveUp);
  for (const [i, turn] of done.entries()) {
    const next = done[i + 1];
    // Who asks again after its own turn was not waiting.
    if (!next || next.asked >= turn.ended || next.begun < turn.ended) continue;
    const isSame = reports[next.lane]?.process === reports[turn.lane]?.process;
    (isSame ? same : other).add(next.begun - turn.ended);
  }
  return { sameProcess: same.distribution(), otherProcess: other.distribution() };
}

/** The share of a stretch of time in which at least one transaction ran that was then committed: what was given up begins with its end. */
function coverage(turns: readonly Turn[], fromMs: number, toMs: number): number {
  let covered = 0;
  let reached = fromMs;
  for (const { begun, ended } of turns) {
    const until = Math.min(ended, toMs);
    covered += Math.max(0, until - Math.max(begun, reached));
    reached = Math.max(reached, until);
  }
  return toMs > fromMs ? covered / (toMs - fromMs) : 0;
}

/** The first so many that have begun; who waits when they end has waited until then, and its span has no transaction. */
function spansOf(turns: readonly Turn[], fromMs: number, endMs: number): Span[] {
  const seen = turns.filter(({ ended }) => ended >= fromMs);
  const untilMs = Math.min(endMs, seen[shownSpans]?.begun ?? endMs);
  const us = (ms: number) => Math.round((ms - fromMs) * 1000);
  return seen
    .filter(({ asked }) => asked < untilMs)
    .map(({ lane, asked, begun, ended, gaveUp, retries }) => {
      const isWaiting = begun >= untilMs;
      const [from, to] = isWaiting ? [untilMs, untilMs] : [begun, ended];
      return [lane, us(asked), us(from), us(to), gaveUp && !isWaiting ? 1 : 0, retries];
    });
}
