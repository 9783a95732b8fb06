import type { StoreCheck } from '../check-store.js';
import { askProgram, runProgram } from '../support/run-process.js';
import { difference, leftBehind, soundness, storeFile } from '../support/trial-store.js';
import type { RunOptions } from '../support/workspace.js';
import type { CallCosts } from './call-names.js';
import { type CostTrialResult, strategyNames } from './results.js';

/** The single calls of each strategy, run as a process of its own with a new store. All must leave a sound store with the same numbers of rows. */
export class CostRuns {
  readonly results: readonly CostTrialResult[] = strategyNames.map((strategy) => ({ strategy, runs: [], faults: [] }));
  readonly #options: RunOptions;
  #wanted: StoreCheck | undefined;

  constructor(options: RunOptions) {
    this.#options = options;
  }

  /** One round; number 0 only warms up. */
  async round(round: number): Promise<void> {
    for (const { strategy, runs, faults } of this.results) {
      const cwd = this.#options.workspace.fresh();
      const ended = await runProgram('callCosts', [storeFile, strategy], cwd);
      const fault = ended.fault ?? (await this.#faultOf(cwd));
      if (fault !== undefined) {
        faults.push(fault);
        this.#options.say(`single calls, ${strategy}: FAILED: ${fault}`);
      } else if (round > 0) runs.push(JSON.parse(ended.stdout) as CallCosts);
    }
  }

  async #faultOf(cwd: string): Promise<string | undefined> {
    const left = leftBehind(cwd);
    if (left.length > 0) return `left behind: ${left.join(', ')}`;
    const check = await askProgram<StoreCheck>('checkStore', [storeFile], cwd);
    this.#wanted ??= check;
    return soundness(check) ?? difference(check, this.#wanted);
  }
}
