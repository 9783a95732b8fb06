import type { LockStrategy } from '../../src/locks/lock-strategy.js';
import { RFileLock } from '../../src/locks/r-file-lock.js';
import { createLockStrategy, type StrategyName } from '../../src/locks/registry.js';
import type { Connection } from '../../src/stores/connection.js';
import { BlindTakeOver } from './broken/blind-take-over.js';
import { CommitAfterLoss } from './broken/commit-after-loss.js';
import { HalvedConnection } from './broken/halved-connection.js';
import { NoExclusion } from './broken/no-exclusion.js';
import type { Promises, StressJob } from './protocol.js';

type StrategyJob = Pick<StressJob, 'strategy' | 'lockOptions' | 'timing'>;

/** A strategy that is broken on purpose: what a harness that is worth anything finds out. */
export interface Control {
  /** What is wrong with it, one sentence. */
  readonly defect: string;
  /** The strategy that it pretends to be; its promises are what it is judged by. */
  readonly base: StrategyName;
  readonly promises: Promises;
  /** Faults without which the defect does not show. */
  readonly faults: readonly string[];
  readonly strategy: (job: StrategyJob) => LockStrategy;
  /** What is broken is how a transaction is run. */
  readonly connection?: ((connection: Connection) => Connection) | undefined;
}

/** The negative controls by name. */
export const controls = {
  'no-exclusion': {
    defect: 'it lets everybody in at once',
    base: 'RFileLock',
    promises: { exclusion: true, fairness: true },
    faults: [],
    strategy: ({ lockOptions }) => new NoExclusion(lockOptions),
  },
  'blind-take-over': {
    defect: 'who has waited for the stale time takes the lock over, whoever holds it by then',
    base: 'RFileLock',
    promises: { exclusion: true, fairness: true },
    faults: ['block'],
    strategy: ({ lockOptions, timing }) => new BlindTakeOver(lockOptions, timing),
  },
  'commit-after-loss': {
    defect: 'who has lost the lock commits all the same',
    base: 'RFileLock',
    promises: { exclusion: true, fairness: true },
    faults: ['unlock', 'block'],
    strategy: ({ lockOptions, timing }) => new CommitAfterLoss(new RFileLock(lockOptions, { timing })),
  },
  'half-retry': {
    defect: 'a transaction is committed in two halves, and run again as a whole',
    base: 'OnlyRetry',
    promises: { exclusion: false, fairness: false },
    faults: ['kill'],
    strategy: ({ lockOptions }) => createLockStrategy('OnlyRetry', lockOptions),
    connection: (connection) => new HalvedConnection(connection),
  },
} as const satisfies Record<string, Control>;

export type ControlName = keyof typeof controls;

/** The control of that name; undefined when there is none. */
export function controlNamed(name: string): Control | undefined {
  return Object.hasOwn(controls, name) ? controls[name as ControlName] : undefined;
}

/** What makes the strategy of a job, and what else is broken in it. */
export function contestantOf(job: StressJob): Pick<Control, 'strategy' | 'connection'> {
  if (job.control === undefined) return { strategy: strategyOf };
  const control = controlNamed(job.control);
  if (!control) throw new Error(`there is no control "${job.control}"`);
  return control;
}

function strategyOf({ strategy, lockOptions, timing }: StrategyJob): LockStrategy {
  return strategy === 'RFileLock' ? new RFileLock(lockOptions, { timing }) : createLockStrategy(strategy, lockOptions);
}
