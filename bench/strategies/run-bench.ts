import { basename } from 'node:path';
import type { BenchConfig } from '../../src/config/bench-options.js';
import { codeOf, messageOf } from '../../src/errors.js';
import { spreadOf } from '../support/statistics.js';
import { checkBaseline, compareWithBaseline } from './baseline.js';
import { faultIn, floorResult, type Round, trialResult } from './collect.js';
import { commandLineOf } from './command-line.js';
import { Measuring } from './measuring.js';
import { KoshPeer } from './peer/kosh.js';
import { type FloorPlan, floorOf, floorsOf, type Step, stepsOf, type Trial, trialsOf } from './plan.js';
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
  readonly rounds: Omit<Round, 'floorRate'>[];
  readonly failures: { readonly round: number; readonly what: string }[];
}

/** What ends a run early, and leaves the rounds that were whole: Ctrl-C, and a floor that was killed twice. */
const endings: ReadonlySet<string> = new Set(['ERR_INTERRUPTED', 'ERR_WORKER']);

class BenchRun {
  readonly #config: BenchConfig;
  readonly #hooks: BenchHooks;
  readonly #measure: Measuring;
  readonly #trials: readonly Trial[];
  readonly #entries: ReadonlyMap<Trial, Entry>;
  readonly #floors: readonly FloorPlan[];
  /** Of a round. */
  readonly #steps: readonly Step[];
  /** What the floors came to, round after round, 0 being the one that only warms up. */
  readonly #floorRates: Map<FloorPlan, number[]>[] = [];
  readonly #peer: KoshPeer | undefined;
  readonly #startedMs = performance.now();
  #stepsDone = 0;

  constructor(config: BenchConfig, hooks: BenchHooks) {
    this.#config = config;
    this.#hooks = hooks;
    this.#trials = trialsOf(config);
    this.#measure = new Measuring(config, hooks.signal);
    this.#entries = new Map(this.#trials.map((trial) => [trial, { rounds: [], failures: [] }]));
    this.#floors = floorsOf(this.#trials);
    this.#steps = stepsOf(this.#trials, this.#floors);
    this.#peer = config.peer === undefined ? undefined : KoshPeer.find();
  }

  async run(saved: BenchResults | undefined): Promise<BenchResults> {
    if (saved) checkBaseline(this.#trials, saved, this.#config.baseline ?? '');
    const environment = await this.#measure.environment(this.#trials);
    const { repeats } = this.#config;
    let rounds = 0;
    try {
      if (this.#warmsUp) await this.#runRound(0);
      for (; rounds < repeats; rounds++) await this.#runRound(rounds + 1);
    } catch (error) {
      const code = codeOf(error) ?? '';
      if (!endings.has(code) || rounds === 0) throw error;
      if (code !== 'ERR_INTERRUPTED') this.#hooks.onWarning?.(`${messageOf(error)}: the rounds that were whole count`);
    }
    return this.#results({ rounds, environment, saved });
  }

  /** What has a window warms up before it. */
  get #warmsUp(): boolean {
    return this.#trials.some(({ length }) => length.kind !== 'window');
  }

  /** Round 0 only warms up. */
  async #runRound(round: number): Promise<void> {
    const rates = new Map<FloorPlan, number[]>(this.#floors.map((floor) => [floor, []]));
    this.#floorRates[round] = rates;
    if (this.#peer) {
      this.#tell(round, this.#peer.name);
      await this.#measure.peer(this.#peer, round);
    }
    for (const step of this.#steps) {
      if ('floor' in step) {
        this.#tell(round, `floor ${step.floor.load}`);
        rates.get(step.floor)?.push(await this.#measure.floor(step.floor, round));
      } else {
        this.#tell(round, step.trial.id);
        await this.#runTrial(step.trial, round);
      }
    }
  }

  async #runTrial(trial: Trial, round: number): Promise<void> {
    const entry = this.#entries.get(trial);
    const found = await this.#measure.trial(trial, round);
    const faults = 'failure' in found ? [found.failure] : found.outcome.faults;
    for (const fault of faults) this.#hooks.onWarning?.(`${trial.id}: ${faultIn(round, fault)}`);
    if ('failure' in found || (round === 0 && faults.length > 0)) entry?.failures.push({ round, what: faults.join('; ') });
    else if (round > 0) entry?.rounds.push({ round, ...found });
  }

  /** Units a second of a floor in a round: the median of all times that it was measured. */
  #floorRate(floor: FloorPlan, round: number): number {
    return spreadOf(this.#floorRates[round]?.get(floor) ?? []).median;
  }

  #results({ rounds, environment, saved }: Ended): BenchResults {
    const config = this.#config;
    const isWhole = ({ round }: { readonly round: number }) => round <= rounds;
    const trials = this.#trials.map((trial) => {
      const { rounds: found = [], failures = [] } = this.#entries.get(trial) ?? {};
      return trialResult(
        trial,
        found.filter(isWhole).map((one) => ({ ...one, floorRate: this.#floorRate(floorOf(this.#floors, trial), one.round) })),
        failures.filter(isWhole).map(({ round, what }) => faultIn(round, what)),
      );
    });
    const rates = (floor: FloorPlan) => Array.from({ length: rounds }, (_, n) => this.#floorRate(floor, n + 1));
    const floors = this.#floors.map((floor) => floorResult(floor, rates(floor)));
    const notebook = this.#floors.find(({ load }) => load === 'notebook');
    const peer = this.#peer?.result(rounds, notebook ? rates(notebook) : []);
    const { seconds, records, ensembles, datasets, attributes, seed, control, load } = config;
    const size = records === undefined ? { seconds } : { records };
    const found = {
      ...resultsFormat,
      commandLine: commandLineOf(config),
      seed,
      seconds: (performance.now() - this.#startedMs) / 1000,
      interrupted: rounds < config.repeats,
      rounds,
      size: load.includes('kosh-scaling') ? { job: 'kosh-scaling' as const } : size,
      ensembles,
      datasets,
      attributes,
      ...(control ? { control } : {}),
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
    const { repeats: rounds } = this.#config;
    const trials = this.#steps.length + (this.#peer ? 1 : 0);
    const total = trials * (rounds + (this.#warmsUp ? 1 : 0));
    const elapsedMs = performance.now() - this.#startedMs;
    const remainingMs = this.#stepsDone < 2 ? undefined : (elapsedMs / this.#stepsDone) * (total - this.#stepsDone);
    const trial = (this.#stepsDone++ % trials) + 1;
    this.#hooks.onProgress?.({ round, rounds, trial, trials, name, elapsedMs, remainingMs });
  }
}

/** How a run came to its end. */
interface Ended {
  /** That were whole. */
  readonly rounds: number;
  readonly environment: Environment;
  readonly saved: BenchResults | undefined;
}
