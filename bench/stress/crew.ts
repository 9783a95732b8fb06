import { type ChildProcess, fork } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { IngestError } from '../../src/errors.js';
import type { EndedEvent, FaultEvent } from './events.js';
import type { HistoryWriter } from './history.js';
import type { ProcessCommand, ProcessReport, StressJob } from './protocol.js';

/** What all processes of a run have in common. */
export interface CrewPlan {
  readonly job: Omit<StressJob, 'processIndex' | 'incarnation'>;
  readonly processes: number;
  /** Variables that the process of this index gets besides. */
  readonly environment: (index: number) => NodeJS.ProcessEnv;
  readonly history: HistoryWriter;
}

/**
 * A thread that is terminated while better-sqlite3 throws (a busy store, as a rule) takes its process with it: `ToLocalChecked` of nothing, SIGABRT. Seen
 * with 12.11.1; issue 1507 is the same of 13. For the store and the lock it is a kill -9, and so it is for the run.
 */
const abortWithinMs = 5000;

/** A process that does not end in this time after it was told to is a fault of its own. */
const patienceMs = 60_000;

const program = fileURLToPath(new URL(`./stress-process.${import.meta.url.endsWith('.ts') ? 'ts' : 'js'}`, import.meta.url));

/** One process of a run: it is started again when it was killed. States: starting -> ready -> ended, and from there to starting again. */
class Member {
  readonly index: number;
  readonly #plan: CrewPlan;
  #child: ChildProcess;
  #incarnation = -1;
  /** Of the incarnation that runs. */
  ready: Promise<void> = Promise.resolve();
  /** Resolves when the process has ended and none takes its place. */
  readonly left: Promise<void>;
  #leave: () => void = () => undefined;
  #isStopping = false;
  #isDoomed = false;
  #late: string | undefined;
  #terminatedAt = Number.NEGATIVE_INFINITY;

  constructor(index: number, plan: CrewPlan) {
    this.index = index;
    this.#plan = plan;
    this.left = new Promise((resolve) => {
      this.#leave = resolve;
    });
    this.#child = this.#start();
  }

  get incarnation(): number {
    return this.#incarnation;
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  get isAlive(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  send(command: ProcessCommand): void {
    if (command.kind === 'terminate') this.#terminatedAt = performance.now();
    // It may have ended in the meantime.
    if (this.#child.connected) this.#child.send(command, () => undefined);
  }

  signal(name: 'SIGSTOP' | 'SIGCONT'): void {
    this.#child.kill(name);
  }

  /** SIGKILL. Another process takes its place, unless the run is ending. */
  kill(): void {
    this.#isDoomed = true;
    this.#child.kill('SIGKILL');
  }

  /** Ends it in order; after a minute without. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    this.signal('SIGCONT');
    const deadline = new AbortController();
    const tooLate = sleep(patienceMs, undefined, { signal: deadline.signal }).then(() => {
      this.#late = `did not end within ${patienceMs / 1000} s after it was told to`;
      this.#child.kill('SIGKILL');
    });
    tooLate.catch(() => undefined);
    await Promise.race([this.ready.catch(() => undefined), this.left, tooLate.catch(() => undefined)]);
    this.send({ kind: 'stop' });
    await this.left;
    deadline.abort();
  }

  #start(): ChildProcess {
    this.#incarnation++;
    this.#isDoomed = false;
    const { job, environment } = this.#plan;
    const whole: StressJob = { ...job, processIndex: this.index, incarnation: this.#incarnation };
    const child = fork(program, [JSON.stringify(whole)], {
      env: { ...process.env, ...environment(this.index) },
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
      // Ctrl-C is for the coordinator, which ends the others in order.
      detached: true,
    });
    let said = '';
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      said = (said + text).slice(-4000);
    });
    let isReady = false;
    this.ready = new Promise((resolve, reject) => {
      child.on('message', (report: ProcessReport) => {
        if (report.kind !== 'ready') return;
        isReady = true;
        resolve();
      });
      child.once('close', () => reject(new IngestError('ERR_WORKER', `a process ended before it had begun: ${lineOf(said)}`)));
    });
    this.ready.catch(() => undefined);
    child.once('close', (code, signal) => {
      if (signal === 'SIGABRT' && performance.now() - this.#terminatedAt < abortWithinMs) this.#aborted(said);
      this.#ended(isReady, exitProblem(code, signal, said));
    });
    return child;
  }

  #aborted(said: string): void {
    this.#isDoomed = true;
    const target = { p: this.index, i: this.#incarnation };
    this.#plan.history.write<FaultEvent>({ e: 'fault', fault: 'abort', phase: 'once', target, detail: lineOf(said) });
  }

  #ended(wasReady: boolean, found: string | undefined): void {
    const endedByItself = found === undefined && !this.#isStopping && !this.#isDoomed && this.#plan.job.operations === undefined;
    const problem =
      this.#late ?? (this.#isDoomed ? undefined : (found ?? (endedByItself ? 'ended without being told to' : undefined)));
    this.#plan.history.write<EndedEvent>({
      e: 'ended',
      p: this.index,
      i: this.#incarnation,
      ...(problem === undefined ? {} : { problem }),
    });
    // One that cannot begin would be started again and again.
    const again = !this.#isStopping && (this.#isDoomed || (problem !== undefined && wasReady));
    if (again) this.#child = this.#start();
    else this.#leave();
  }
}

export type { Member };

/** The processes of a run. */
export class Crew implements Disposable {
  readonly members: readonly Member[];
  readonly #killAll = () => {
    for (const { pid, isAlive } of this.members) if (pid !== undefined && isAlive) process.kill(pid, 'SIGKILL');
  };

  /** Starts them. None outlives this process, however that ends by itself. */
  constructor(plan: CrewPlan) {
    this.members = Array.from({ length: plan.processes }, (_, index) => new Member(index, plan));
    process.once('exit', this.#killAll);
  }

  /** Resolves when all have opened the store. Throws when one of them cannot. */
  async ready(): Promise<void> {
    const deadline = new AbortController();
    const tooLate = sleep(patienceMs, undefined, { signal: deadline.signal }).then(() => {
      throw new IngestError('ERR_WORKER', `the processes did not open the store within ${patienceMs / 1000} s`);
    });
    try {
      await Promise.race([Promise.all(this.members.map(({ ready }) => ready)), tooLate]);
    } finally {
      deadline.abort();
      tooLate.catch(() => undefined);
    }
  }

  /** Resolves when all have done their operations. */
  async done(): Promise<void> {
    await Promise.all(this.members.map(({ left }) => left));
  }

  async stop(): Promise<void> {
    await Promise.all(this.members.map((member) => member.stop()));
  }

  [Symbol.dispose](): void {
    process.removeListener('exit', this.#killAll);
    this.#killAll();
  }
}

function exitProblem(code: number | null, signal: string | null, said: string): string | undefined {
  if (code === 0) return undefined;
  return `ended with ${signal ?? `exit code ${code}`}: ${lineOf(said)}`;
}

/** The line that names the error, else the last: above the stack of an uncaught one stands the place in the source. */
function lineOf(said: string): string {
  const lines = said.trim().split('\n');
  return lines.find((line) => /^\w*Error\b|FATAL ERROR/.test(line)) ?? lines.at(-1) ?? 'it said nothing';
}
