import { measureOf } from '../support/measure.js';
import { askProgram, type Ended, runProgram } from '../support/run-process.js';
import { spreadOf } from '../support/statistics.js';
import { difference, ownRecords, totalRows } from '../support/trial-store.js';
import type { RunOptions } from '../support/workspace.js';
import type { MariadbCheck } from './check-mariadb.js';
import type { MariadbGroup } from './groups.js';
import type { LoadDataResult } from './load-data.js';
import type { Place } from './place.js';
import type { MariadbGroupResult, MariadbRun, MariadbTrialResult } from './results.js';
import { type MariadbTrial, type Outcome, recordCount, relationshipCount } from './trials.js';

/** Where trials run, and what the floor is given: a folder of rows, and what `make-rows.js` said of it. */
export interface GroupOptions extends RunOptions {
  readonly place: Place;
  readonly folder: string;
  readonly files: string;
}

/**
 * Runs the floor and all trials of a group in turn, round after round, each as a process of its own with a new database. The first round only warms up, and
 * compares the content of every database with that of the floor's; the number of rows and the soundness are checked each time, on every node.
 */
export async function runGroup(group: MariadbGroup, options: GroupOptions): Promise<MariadbGroupResult> {
  return new GroupRun(group, options).run();
}

interface Run {
  readonly ended: Ended;
  readonly serverSeconds: number;
}

class GroupRun {
  readonly #group: MariadbGroup;
  readonly #options: GroupOptions;
  readonly #floor: MariadbTrialResult = { name: 'floor', runs: [], faults: [] };
  readonly #schemaSeconds: number[] = [];
  #wanted: MariadbCheck | undefined;

  constructor(group: MariadbGroup, options: GroupOptions) {
    this.#group = group;
    this.#options = options;
  }

  async run(): Promise<MariadbGroupResult> {
    const { kind, name, title } = this.#group;
    const { repeats, say, place } = this.#options;
    const trials = this.#group.trials.map((trial) => ({
      trial,
      result: { name: trial.name, runs: [], faults: [] } satisfies MariadbTrialResult,
    }));
    for (let round = 0; round <= repeats; round++) {
      say(`${name}: ${round === 0 ? 'warm-up' : `round ${round} of ${repeats}`}`);
      await this.#inDatabase((database) => this.#runFloor(database, round));
      for (const { trial, result } of trials) {
        await this.#inDatabase((database) => this.#runTrial(trial, result, { database, round }));
      }
    }
    return {
      ...{ kind, name, title, place: await place.version(), records: recordCount },
      rows: totalRows(this.#wanted ?? { rows: {} }),
      schemaSeconds: spreadOf(this.#schemaSeconds).median,
      floor: this.#floor,
      trials: trials.map(({ result }) => result),
    };
  }

  async #inDatabase(work: (database: string) => Promise<void>): Promise<void> {
    const { place } = this.#options;
    const database = await place.newDatabase();
    await work(database);
    await place.drop(database);
  }

  async #runFloor(database: string, round: number): Promise<void> {
    const { place, folder, files } = this.#options;
    const { name } = this.#group;
    const [first] = place.nodeUrls(database);
    const run = await this.#measured('loadData', [first, folder, files]);
    if (run.ended.fault !== undefined) throw new Error(`the floor of ${name} failed: ${run.ended.fault}`);
    const fault = await this.#faultOf(database, round);
    if (fault !== undefined) throw new Error(`the floor of ${name} is wrong: ${fault}`);
    const { Record: records, Relationship: relationships } = this.#wanted?.rows ?? {};
    if (records !== recordCount + ownRecords || relationships !== relationshipCount) {
      throw new Error(`the floor of ${name} wrote other rows than it should: ${JSON.stringify(this.#wanted?.rows)}`);
    }
    if (round === 0) return;
    const { seconds, schemaSeconds } = JSON.parse(run.ended.stdout) as LoadDataResult;
    this.#floor.runs.push(runOf(run, { seconds }));
    this.#schemaSeconds.push(schemaSeconds);
  }

  async #runTrial(trial: MariadbTrial, result: MariadbTrialResult, at: { database: string; round: number }): Promise<void> {
    const { place, say } = this.#options;
    const { database, round } = at;
    const run = await this.#measured(trial.program, trial.args(place.storeUrl(database)));
    const outcome: Outcome =
      run.ended.fault === undefined ? trial.outcome(run.ended.stdout) : { seconds: Number.NaN, fault: run.ended.fault };
    const fault = outcome.fault ?? (await this.#faultOf(database, round));
    if (fault !== undefined) {
      result.faults.push(fault);
      say(`${this.#group.name}, ${result.name}: FAILED: ${fault}`);
    } else if (round > 0) result.runs.push(runOf(run, outcome));
  }

  async #measured(program: MariadbTrial['program'], args: readonly string[]): Promise<Run> {
    const { place, workspace } = this.#options;
    const before = await place.cpuSeconds();
    const ended = await runProgram(program, args, workspace.fresh());
    return { ended, serverSeconds: (await place.cpuSeconds()) - before };
  }

  /** What is wrong with a database, on whatever node; the first one that is seen is what the others must be like. */
  async #faultOf(database: string, round: number): Promise<string | undefined> {
    const { place, workspace } = this.#options;
    for (const [at, url] of place.nodeUrls(database).entries()) {
      const check = await askProgram<MariadbCheck>('checkMariadb', round === 0 ? [url, '--digest'] : [url], workspace.fresh());
      this.#wanted ??= check;
      const fault = unsoundness(check) ?? difference(check, this.#wanted);
      if (fault !== undefined) return at === 0 ? fault : `node ${at + 1}: ${fault}`;
    }
    return undefined;
  }
}

function unsoundness({ integrity, danglingRows }: MariadbCheck): string | undefined {
  if (integrity !== 'ok') return `CHECK TABLE: ${integrity}`;
  return danglingRows > 0 ? `${danglingRows} rows without their record` : undefined;
}

function runOf({ ended, serverSeconds }: Run, { seconds, lock }: Outcome): MariadbRun {
  const measure = measureOf(ended, seconds);
  // The servers are not "others".
  const otherCores = Math.max(0, measure.otherCores - (serverSeconds || 0) / measure.processSeconds);
  return { ...measure, otherCores, serverSeconds, ...(lock ? { lock } : {}) };
}
