import { basename } from 'node:path';
import type { BenchConfig } from '../../src/config/bench-options.js';
import { codeOf } from '../../src/errors.js';
import { checkBaseline, compareWithBaseline } from './baseline.js';
import { faultIn, floorResult, type Round, trialResult } from './collect.js';
import { commandLineOf } from './command-line.js';
import { Measuring } from './measuring.js';
import { KoshPeer } from './peer/kosh.js';
import { type FloorPlan, floorsOf, type Trial, trialsOf } from './plan.js';
import { type BenchResults, type Environment, resultsFormat } from './results.js';
import { scalingCurves } from './scaling.js';
import { verdictOf } from './verdict.js';

/** How far a run is. */
export interface BenchProgress {
  /** From 1 on; 0 is the one that only warms up. */
  readonly round: number;
  readonly rounds: number;
  /** Of this round, from 1 on. */
  readonly trial: number;
  readonly trials: number;
  readonly name: string;
  readonly elapsedMs: number;
  /** Undefined until something has been measured to judge by. */
  readonly remainingMs: number | undefined;
}

/** What a caller of {@link runBench} can be told, and how to stop it. */
export interface BenchHooks {
  /** Ends the run: the rounds that are whole count. */
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: BenchProgress) => void) | undefined;
  readonly onWarning?: ((message: string) => void) | undefined;
}

/**
 * Runs the whole table of trials, round after round, each trial a process group of its own with a new store, beside the given one; the floor first in each
 * round. Leaves nothing behind.
 *
 * @param saved results to compare with, read before
 * @throws IngestError when the place cannot be used, or the run was interrupted before a round was whole
 */
export async function runBench(config: BenchConfig, hooks: BenchHooks = {}, saved?: BenchResults): Promise<BenchResults> {
  return new BenchRun(config, hooks).run(saved);
}

/** What is on record of a trial: its rounds, and what happened in those that came to nothing. */
interface Entry {
  readonly trial: Trial;
  readonly rounds: Round[];
  readonly failures: { readonly round: number; readonly what: string }[];
}

class BenchRun {
  readonly #config: BenchConfig;
  readonly #hooks: BenchHooks;
  readonly #measure: Measuring;
  readonly #entries: readonly Entry[];
  readonly #floors: readonly { readonly plan: FloorPlan; readonly rates: number[] }[];
  readonly #peer: KoshPeer | undefined;
  readonly #startedMs = performance.now();
  #steps = 0;

  constructor(config: BenchConfig, hooks: BenchHooks) {
    this.#config = config;
    this.#hooks = hooks;
    const trials = trialsOf(config);
    this.#measure = new Measuring(config, hooks.signal);
    this.#entries = trials.map((trial) => ({ trial, rounds: [], failures: [] }));
    this.#floors = floorsOf(trials).map((plan) => ({ plan, rates: [] }));
    this.#peer = config.peer === undefined ? undefined : KoshPeer.find();
  }

  async run(saved: BenchResults | undefined): Promise<BenchResults> {
    const trials = this.#entries.map(({ trial }) => trial);
    if (saved) checkBaseline(trials, saved, this.#config.baseline ?? '');
    const environment = await this.#measure.environment(trials);
    const { repeats } = this.#config;
    let rounds = 0;
    try {
      // What has a window warms up before it.
      if (trials.some(({ length }) => length.kind !== 'window')) await this.#round(0);
      for (; rounds < repeats; rounds++) await this.#round(rounds + 1);
    } catch (error) {
      if (codeOf(error) !== 'ERR_INTERRUPTED' || rounds === 0) throw error;
    }
    return this.#results({ rounds, environment, saved });
  }

  /** Round 0 only warms up. */
  async #round(round: number): Promise<void> {
    for (const { plan, rates } of this.#floors) {
      this.#tell(round, `floor ${plan.load}`);
      const rate = await this.#measure.floor(plan, round);
      if (round > 0) rates.push(rate);
    }
    if (this.#peer) {
      this.#tell(round, this.#peer.name);
      await this.#measure.peer(this.#peer, round);
    }
    for (const entry of this.#entries) {
      this.#tell(round, entry.trial.id);
      await this.#trial(entry, round);
    }
  }

  async #trial({ trial, rounds, failures }: Entry, round: number): Promise<void> {
    const found = await this.#measure.trial(trial, round);
    if ('failure' in found) {
      failures.push({ round, what: found.failure });
      this.#hooks.onWarning?.(`${trial.id}: ${found.failure}`);
      return;
    }
    for (const fault of found.outcome.faults) this.#hooks.onWarning?.(`${trial.id}: ${fault}`);
    const { load, batchSize } = trial.key;
    const floorRate = this.#floors.find(({ plan }) => plan.load === load && plan.batchSize === batchSize)?.rates.at(-1) ?? 0;
    if (round > 0) rounds.push({ round, floorRate, ...found });
    else if (found.outcome.faults.length > 0) failures.push({ round, what: found.outcome.faults.join('; ') });
  }

  #results({ rounds, environment, saved }: Ended): BenchResults {
    const config = this.#config;
    const isWhole = ({ round }: { readonly round: number }) => round <= rounds;
    const trials = this.#entries.map(({ trial, rounds: found, failures }) =>
      trialResult(
        trial,
        found.filter(isWhole),
        failures.filter(isWhole).map(({ round, what }) => faultIn(round, what)),
      ),
    );
    const floors = this.#floors.map(({ plan, rates }) => floorResult(plan, rates.slice(0, rounds)));
    const peer = this.#peer?.result(rounds, this.#floors.find(({ plan }) => plan.load === 'notebook')?.rates ?? []);
    const { seconds, records, attributes, seed } = config;
    const found = {
      ...resultsFormat,
      commandLine: commandLineOf(config),
      seed,
      seconds: (performance.now() - this.#startedMs) / 1000,
      interrupted: rounds < config.repeats,
      rounds,
      size: records === undefined ? { seconds } : { records },
      attributes,
      environment,
      floors,
      trials,
      scaling: scalingCurves(trials),
      ...(peer ? { peer } : {}),
    };
    const results: BenchResults = { ...found, verdict: verdictOf(found) };
    if (!saved) return results;
    const file = basename(config.baseline ?? 'results.json');
    return { ...results, comparison: compareWithBaseline(results, saved, { file, allowed: config.failIfSlower, seed }) };
  }

  #tell(round: number, name: string): void {
    const isWarmedUp = this.#entries.every(({ trial }) => trial.length.kind === 'window');
    const trials = this.#entries.length + this.#floors.length + (this.#peer ? 1 : 0);
    const total = trials * (this.#config.repeats + (isWarmedUp ? 0 : 1));
    const elapsedMs = performance.now() - this.#startedMs;
    const remainingMs = this.#steps < 2 ? undefined : (elapsedMs / this.#steps) * (total - this.#steps);
    const trial = (this.#steps++ % trials) + 1;
    this.#hooks.onProgress?.({ round, rounds: this.#config.repeats, trial, trials, name, elapsedMs, remainingMs });
  }
}

/** How a run came to its end. */
interface Ended {
  /** That were whole. */
  readonly rounds: number;
  readonly environment: Environment;
  readonly saved: BenchResults | undefined;
}
