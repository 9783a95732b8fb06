import type { LoadSummary } from '../../src/ingest/summary.js';
import type { StoreCheck } from '../check-store.js';
import type { FloorResult } from '../floor.js';
import { measureOf, type TrialResult } from '../support/measure.js';
import { askProgram, type Ended, runProgram } from '../support/run-process.js';
import { difference, leftBehind, lockFile, ownRecords, soundness, storeFile, totalRows } from '../support/trial-store.js';
import type { RunOptions } from '../support/workspace.js';
import type { GroupResult } from './results.js';
import type { Group, Trial } from './trials.js';

/**
 * Runs the floor and all trials of a group in turn, round after round, each as a process of its own with a new store. The first round only warms up, and
 * compares the content of every store with that of the floor's; the number of rows and the soundness of the store are checked each time.
 */
export async function runGroup(group: Group, options: RunOptions): Promise<GroupResult> {
  return new GroupRun(group, options).run();
}

class GroupRun {
  readonly #group: Group;
  readonly #options: RunOptions;
  readonly #floor: TrialResult = { name: 'floor', runs: [], faults: [] };
  #wanted: StoreCheck | undefined;

  constructor(group: Group, options: RunOptions) {
    this.#group = group;
    this.#options = options;
  }

  async run(): Promise<GroupResult> {
    const { name, title } = this.#group;
    const { repeats, say } = this.#options;
    const trials = this.#group.trials.map((trial) => ({
      trial,
      result: { name: trial.name, runs: [], faults: [] } satisfies TrialResult,
    }));
    for (let round = 0; round <= repeats; round++) {
      say(`${name}: ${round === 0 ? 'warm-up' : `round ${round} of ${repeats}`}`);
      await this.#runFloor(round);
      for (const { trial, result } of trials) await this.#runTrial(trial, result, round);
    }
    const rows = totalRows(this.#wanted ?? { rows: {} });
    return { name, title, rows, floor: this.#floor, trials: trials.map(({ result }) => result) };
  }

  async #runFloor(round: number): Promise<void> {
    const { floor, records, relationships, name } = this.#group;
    const [job, ...rest] = floor;
    const cwd = this.#options.workspace.fresh();
    const ended = await runProgram('floor', [job, storeFile, ...rest], cwd);
    if (ended.fault !== undefined) throw new Error(`the floor of ${name} failed: ${ended.fault}`);
    const { seconds, rows } = JSON.parse(ended.stdout) as FloorResult;
    const check = await this.#check(cwd, round);
    this.#wanted ??= check;
    const sound = soundness(check) ?? difference(check, this.#wanted);
    if (sound !== undefined) throw new Error(`the floor of ${name} is wrong: ${sound}`);
    if (totalRows(check) !== rows || check.rows.Record !== records + ownRecords || check.rows.Relationship !== relationships) {
      throw new Error(`the floor of ${name} wrote other rows than it should: ${JSON.stringify(check.rows)}`);
    }
    if (round > 0) this.#floor.runs.push(measureOf(ended, seconds));
  }

  async #runTrial({ args }: Trial, result: TrialResult, round: number): Promise<void> {
    const cwd = this.#options.workspace.fresh();
    const ended = await runProgram('cli', ['load', ...args, '--store', storeFile, '--lock-path', lockFile, '--json'], cwd);
    const fault = ended.fault ?? (await this.#faultOf(ended, cwd, round));
    if (fault !== undefined) {
      result.faults.push(fault);
      this.#options.say(`${this.#group.name}, ${result.name}: FAILED: ${fault}`);
    } else if (round > 0) result.runs.push(measureOf(ended, summaryOf(ended).seconds));
  }

  async #faultOf(ended: Ended, cwd: string, round: number): Promise<string | undefined> {
    const { records, relationships, rejects } = summaryOf(ended);
    const group = this.#group;
    if (records.inserted !== group.records) return `${records.inserted} records inserted, not ${group.records}`;
    if (relationships.inserted !== group.relationships)
      return `${relationships.inserted} relationships inserted, not ${group.relationships}`;
    if (rejects.count > 0) return `${rejects.count} rejects`;
    const check = await this.#check(cwd, round);
    const left = leftBehind(cwd);
    if (left.length > 0) return `left behind: ${left.join(', ')}`;
    return soundness(check) ?? (this.#wanted && difference(check, this.#wanted));
  }

  #check(cwd: string, round: number): Promise<StoreCheck> {
    return askProgram<StoreCheck>('checkStore', round === 0 ? [storeFile, '--digest'] : [storeFile], cwd);
  }
}

function summaryOf({ stdout }: Ended): LoadSummary {
  return JSON.parse(stdout) as LoadSummary;
}
