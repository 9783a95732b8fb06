import type { Course } from '../support/peers.js';
import { Times } from './histogram.js';
import type { Report, Sample, Who } from './protocol.js';
import type { Calls } from './results.js';

/** Samples of a contender that are kept one by one: some 20 s of calls. */
const keptSamples = 20_000;

/** Adds up what one contender does. */
export class Tally {
  readonly #who: Who;
  readonly #course: Course;
  readonly #waits = new Times();
  readonly #holds = new Times();
  readonly #spans: number[] = [];
  #samples = 0;
  #units = 0;
  #done = 0;
  readonly #gaveUp = new Map<string, number>();
  readonly #retries = new Map<string, number>();
  #endMs = 0;

  constructor(who: Who, course: Course) {
    this.#who = who;
    this.#course = course;
  }

  /**
   * Counts what overlaps the window: who is still waiting at its end has waited, and what is given up after it was asked for in it. Units are those that
   * ended in it.
   */
  add(sample: Sample): void {
    const { asked, begun, ended, units, retries, gaveUp } = sample;
    const { fromMs, toMs } = this.#course;
    this.#endMs = ended;
    if (ended < fromMs || asked >= toMs) return;
    this.#waits.add(begun - asked);
    if (gaveUp === undefined) {
      this.#holds.add(ended - begun);
      this.#done++;
      if (ended < toMs) this.#units += units;
    } else count(this.#gaveUp, gaveUp);
    for (const code of retries) count(this.#retries, code);
    if (this.#samples++ < keptSamples) this.#spans.push(asked, begun, ended, gaveUp === undefined ? 0 : 1, retries.length);
  }

  report(): Report {
    return {
      ...this.#who,
      spans: Float64Array.from(this.#spans),
      isCut: this.#samples > keptSamples,
      waits: this.#waits.distribution().histogram,
      holds: this.#holds.distribution().histogram,
      units: this.#units,
      calls: {
        done: this.#done,
        gaveUp: total(this.#gaveUp),
        gaveUpByCode: Object.fromEntries(this.#gaveUp),
        retries: total(this.#retries),
        retriesByCode: Object.fromEntries(this.#retries),
      },
      endMs: this.#endMs,
    };
  }
}

function total(counts: ReadonlyMap<string, number>): number {
  return [...counts.values()].reduce((sum, n) => sum + n, 0);
}

function count(counts: Map<string, number>, code: string): void {
  counts.set(code, (counts.get(code) ?? 0) + 1);
}

/** All calls together. */
export function sumOfCalls(calls: readonly Calls[]): Calls {
  const sum = (numbers: readonly number[]) => numbers.reduce((total, n) => total + n, 0);
  return {
    done: sum(calls.map(({ done }) => done)),
    gaveUp: sum(calls.map(({ gaveUp }) => gaveUp)),
    gaveUpByCode: byCode(calls.map(({ gaveUpByCode }) => gaveUpByCode)),
    retries: sum(calls.map(({ retries }) => retries)),
    retriesByCode: byCode(calls.map(({ retriesByCode }) => retriesByCode)),
  };
}

function byCode(counts: readonly Readonly<Record<string, number>>[]): Record<string, number> {
  const all: Record<string, number> = {};
  for (const [code, n] of counts.flatMap(Object.entries) as [string, number][]) all[code] = (all[code] ?? 0) + n;
  return all;
}
