import { statSync } from 'node:fs';
import { join } from 'node:path';
import type { StoreCheck } from '../check-store.js';
import type { NotebookSizes } from '../support/bare-loop.js';
import { measureOf } from '../support/measure.js';
import { askProgram, type Ended, runProgram } from '../support/run-process.js';
import { difference, leftBehind, ownRecords, soundness, storeFile } from '../support/trial-store.js';
import type { RunOptions } from '../support/workspace.js';
import { type JournalMode, journalModes } from './journal-mode.js';
import { type LoopResult, sizeArguments } from './loop.js';
import { type LoopTrialResult, strategyNames } from './results.js';

/**
 * The floors and the library's calls, each run as a process of its own with a new store. Every store is compared with the first one of a floor: rows and
 * soundness each time, content in the first round.
 */
export class LoopRuns {
  readonly results: readonly LoopTrialResult[] = journalModes.flatMap((journalMode) =>
    [undefined, ...strategyNames].map((strategy) => ({
      name: `${journalMode.toUpperCase()}, ${strategy ?? 'floor'}`,
      journalMode,
      strategy,
      runs: [],
      faults: [],
    })),
  );
  readonly #sizes: NotebookSizes;
  readonly #options: RunOptions;
  #wanted: StoreCheck | undefined;

  constructor(sizes: NotebookSizes, options: RunOptions) {
    this.#sizes = sizes;
    this.#options = options;
  }

  /** Records that each trial writes. */
  get records(): number {
    const { ensembles, datasets } = this.#sizes;
    return ensembles * (1 + datasets);
  }

  /** One round; number 0 only warms up. A floor that is wrong is thrown: there is nothing to compare with. */
  async round(round: number): Promise<void> {
    for (const trial of this.results) {
      const cwd = this.#options.workspace.fresh();
      const { strategy, journalMode } = trial;
      const args = [storeFile, journalMode, ...sizeArguments(this.#sizes)];
      const ended = strategy
        ? await runProgram('libraryCalls', [...args, strategy], cwd)
        : await runProgram('bareCalls', args, cwd);
      const fault = ended.fault ?? (await this.#faultOf(trial, ended, { cwd, round }));
      if (fault !== undefined && !strategy) throw new Error(`${trial.name}: ${fault}`);
      if (fault !== undefined) {
        trial.faults.push(fault);
        this.#options.say(`${trial.name}: FAILED: ${fault}`);
      } else if (round > 0) trial.runs.push(measureOf(ended, resultOf(ended).seconds));
    }
  }

  async #faultOf({ journalMode }: LoopTrialResult, ended: Ended, { cwd, round }: { cwd: string; round: number }) {
    const result = resultOf(ended);
    if (result.journalMode !== journalMode) return `written in journal mode ${result.journalMode}`;
    if (result.records !== this.records) return `${result.records} records written, not ${this.records}`;
    const left = leftBehind(cwd).filter((file) => !isKept(cwd, file, journalMode));
    if (left.length > 0) return `left behind: ${left.join(', ')}`;
    const check = await askProgram<StoreCheck>('checkStore', round === 0 ? [storeFile, '--digest'] : [storeFile], cwd);
    this.#wanted ??= check;
    const { Record: rows } = check.rows;
    if (rows !== this.records + ownRecords) return `Record has ${rows} rows, not ${this.records + ownRecords}`;
    // Who opens the file finds WAL in it or nothing, which is DELETE.
    return soundness(check, journalMode === 'wal' ? 'wal' : 'delete') ?? difference(check, this.#wanted);
  }
}

/** TRUNCATE leaves its journal, empty, beside a closed store. */
function isKept(cwd: string, file: string, journalMode: JournalMode): boolean {
  return journalMode === 'truncate' && file === `${storeFile}-journal` && statSync(join(cwd, file)).size === 0;
}

function resultOf({ stdout }: Ended): LoopResult {
  return JSON.parse(stdout) as LoopResult;
}
