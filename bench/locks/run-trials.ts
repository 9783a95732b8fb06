import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { StoreCheck } from '../check-store.js';
import { askProgram, type ProgramName, runProgram } from '../support/run-process.js';
import { leftBehind, lockFile, soundness, storeFile } from '../support/trial-store.js';
import type { RunOptions } from '../support/workspace.js';
import type { ContentionFigures, StoreFigures } from './figures.js';
import type { Measured } from './results.js';
import {
  type ContentionResult,
  type CostResult,
  contentionTrials,
  costTrials,
  type LockTrialResult,
  type Printed,
  recordsATransaction,
  type Sizes,
  type StoreResult,
  storeTrials,
} from './trials.js';

/** What is wrong with what a trial did in `cwd`; undefined when nothing is. */
type Check<Figures> = (figures: Figures, cwd: string) => Promise<string | undefined>;

/** A round in which nothing is measured is so much shorter than the others. */
const warmUpShare = 0.2;

/** All trials, each run as a process of its own in a new folder, in rounds in which they take turns. */
export class LockRuns implements Measured {
  readonly costs: readonly CostResult[];
  readonly contentions: readonly ContentionResult[];
  readonly stores: readonly StoreResult[];
  readonly #options: RunOptions;

  constructor(sizes: Sizes, options: RunOptions) {
    this.costs = costTrials(sizes).map((trial) => ({ ...trial, runs: [], faults: [] }));
    this.contentions = contentionTrials(sizes).map((trial) => ({ ...trial, runs: [], faults: [] }));
    this.stores = storeTrials(sizes).map((trial) => ({ ...trial, runs: [], faults: [] }));
    this.#options = options;
  }

  /** One round; number 0 only warms up. */
  async round(round: number): Promise<void> {
    const factor = round === 0 ? warmUpShare : 1;
    const shorter = <Trial extends { readonly windowMs: number }>(trial: Trial) => ({
      ...trial,
      windowMs: trial.windowMs * factor,
    });
    for (const result of this.costs) {
      const asked = { ...result, samples: Math.ceil(result.samples * factor) };
      await this.#run('lockCost', { result, asked, round }, async () => undefined);
    }
    for (const result of this.contentions) {
      await this.#run('lockContention', { result, asked: shorter(result), round }, excludes);
    }
    for (const result of this.stores) {
      await this.#run('lockThroughput', { result, asked: shorter(result), round }, isWhole);
    }
  }

  async #run<Trial extends { readonly name: string }, Figures>(
    program: ProgramName,
    { result, asked, round }: { result: LockTrialResult<Trial, Figures>; asked: object; round: number },
    check: Check<Figures>,
  ): Promise<void> {
    const { workspace, say } = this.#options;
    const cwd = workspace.fresh();
    const { runs, faults, ...trial } = { ...result, ...asked };
    const ended = await runProgram(program, [JSON.stringify(trial)], cwd);
    const { figures, cpuSeconds } = JSON.parse(ended.stdout || '{}') as Printed<Figures>;
    const fault = ended.fault ?? lockLeft(cwd) ?? (await check(figures, cwd));
    if (fault !== undefined) {
      result.faults.push(fault);
      say(`${result.name}: FAILED: ${fault}`);
    } else if (round > 0) {
      result.runs.push({ figures, otherCores: Math.max(0, ended.otherCores - cpuSeconds / ended.seconds) });
    }
  }
}

function lockLeft(cwd: string): string | undefined {
  const directory = `${lockFile}.lock`;
  return existsSync(join(cwd, directory)) ? `left behind: ${directory}` : undefined;
}

async function excludes({ overlaps }: ContentionFigures): Promise<string | undefined> {
  return overlaps > 0 ? `${overlaps} times two had the lock` : undefined;
}

async function isWhole({ committed }: StoreFigures, cwd: string): Promise<string | undefined> {
  const left = leftBehind(cwd);
  if (left.length > 0) return `left behind: ${left.join(', ')}`;
  const check = await askProgram<StoreCheck>('checkStore', [storeFile], cwd);
  const wanted = committed * recordsATransaction;
  return soundness(check) ?? (check.rows.Record === wanted ? undefined : `Record has ${check.rows.Record} rows, not ${wanted}`);
}
