import { accessSync, constants, mkdirSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { IngestError, messageOf } from '../../src/errors.js';
import { storeName, storeStem } from '../../src/stores/store-location.js';
import { lockPathOf } from '../place/lock-path.js';
import type { Place } from '../place/place.js';
import { hostOf } from '../support/machine.js';
import { judge } from './check/judge.js';
import { controlNamed } from './controls.js';
import { Crew } from './crew.js';
import type { FaultEvent, RunEvent } from './events.js';
import { type Choice, chooseFaults, parseFaults } from './faults/choose.js';
import { inject } from './faults/inject.js';
import type { Scene } from './faults/scene.js';
import { schedule } from './faults/schedule.js';
import { HistoryWriter, mergeHistory, writeHistory } from './history.js';
import { lockDirectoryOf, openPlace } from './open-place.js';
import { buildPreload, type Preload } from './preload/build.js';
import { ControlFile } from './preload/control-file.js';
import { promises, type StressJob } from './protocol.js';
import { commandLineOf, lockOptionsOf, type RunPlan, timing } from './run-plan.js';
import type { Verdict } from './verdict.js';
import { defaultSizes, prepareStore } from './workload/prepare.js';
import { readFinal } from './workload/read-final.js';

/** How far a run is. */
export interface RunProgress {
  readonly elapsedMs: number;
  /** Of those that were injected. */
  readonly faults: number;
  readonly phase: 'starting' | 'running' | 'ending' | 'judging';
}

export interface RunHooks {
  /** Ends the run early, in order. */
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: RunProgress) => void) | undefined;
  readonly onWarning?: ((message: string) => void) | undefined;
  /** Where the history of a run is saved for which no file was named; undefined: nowhere. Default: beside the store when something is broken. */
  readonly saveTo?: ((broken: boolean) => string | undefined) | undefined;
}

/** What came of a run. */
export interface RunResult {
  readonly run: RunEvent;
  readonly verdict: Verdict;
  /** Where the history was saved; undefined: nowhere. */
  readonly history: string | undefined;
  readonly interrupted: boolean;
  /** False: the history is that of the beginning of a run. */
  readonly isWhole: boolean;
}

/**
 * One stress run: a throw-away store, processes that work on it, faults, and a judgement of what they wrote down. Leaves nothing behind but the history, when
 * something is broken or a file was named.
 *
 * @throws IngestError when the run cannot begin
 */
export async function runStress(plan: RunPlan, hooks: RunHooks = {}): Promise<RunResult> {
  const control = plan.control === undefined ? undefined : controlNamed(plan.control);
  const asked = parseFaults(control ? control.faults.join(',') || 'none' : plan.faults, '--faults');
  if (plan.history !== '') checkWritable(plan.history);
  await using place = await openPlace(plan);
  const lockPath = await lockPathOf(plan.lockPath, place);
  const preload = await buildPreload(place.folder);
  const strategy = control?.base ?? plan.strategy;
  const choice = chooseFaults(asked, {
    engine: place.engine,
    missing: {
      lock: strategy === 'RFileLock' ? undefined : `${strategy} has no lock`,
      preload: 'missing' in preload ? preload.missing : undefined,
      server: place.servers.length > 0 ? undefined : 'the server is not ours: --private-server one starts one that is',
      cluster: place.servers.length > 1 ? undefined : 'there is no cluster: --private-server three starts one',
    },
  });
  const historyDirectory = join(place.folder, 'history');
  mkdirSync(historyDirectory);
  const history = new HistoryWriter(historyDirectory, 'coordinator');
  const run = history.write<RunEvent>({
    e: 'run',
    format: 1,
    seed: plan.seed,
    commandLine: commandLineOf(plan),
    strategy,
    control: plan.control,
    promises: control?.promises ?? promises[strategy],
    engine: place.engine,
    processes: plan.processes,
    workers: plan.workers,
    sizes: defaultSizes,
    timing,
    faults: choice.chosen,
    asked: control === undefined ? plan.faults.split(',').map((word) => word.trim()) : [],
    notAvailable: choice.notAvailable,
    facts: factsOf(place, preload),
  });
  const job = {
    store: place.store,
    strategy,
    lockOptions: lockOptionsOf(plan, lockPath),
    timing,
    control: plan.control,
    workers: plan.workers,
    seed: plan.seed,
    historyDirectory,
    operations: plan.operations,
    sizes: defaultSizes,
  };
  const begun = performance.now();
  let faults = 0;
  const tell = (phase: RunProgress['phase']) => hooks.onProgress?.({ phase, faults, elapsedMs: performance.now() - begun });
  const stage = { plan, place, lockPath, preload, choice, job, history, hooks, tell, onFault: () => faults++ };
  await work(stage);
  tell('judging');
  const nodes = place.nodes.length > 1 ? { nodes: place.nodes } : {};
  for (const { t, ...final } of await readFinal({ store: place.store, lockPath, ...nodes })) history.write(final, t);
  history.close();
  const events = mergeHistory(historyDirectory);
  const verdict = judge(events);
  const saveTo = hooks.saveTo ?? ((broken) => (broken && !control ? defaultHistory(plan) : undefined));
  const file = plan.history || saveTo(verdict.broken);
  if (file !== undefined) writeHistory(file, events);
  return { run, verdict, history: file, interrupted: hooks.signal?.aborted ?? false, isWhole: true };
}

interface Stage {
  readonly plan: RunPlan;
  readonly place: Place;
  readonly lockPath: string;
  readonly preload: Preload;
  readonly choice: Choice;
  readonly job: Omit<StressJob, 'processIndex' | 'incarnation'>;
  readonly history: HistoryWriter;
  readonly hooks: RunHooks;
  readonly tell: (phase: RunProgress['phase']) => void;
  readonly onFault: () => void;
}

/** Everything that happens to the store. */
async function work({ plan, place, lockPath, preload, choice, job, history, hooks, tell, onFault }: Stage): Promise<void> {
  await prepareStore(place.store, defaultSizes);
  const controls =
    'missing' in preload
      ? []
      : Array.from(
          { length: plan.processes },
          (_, index) => new ControlFile(join(place.folder, `control-${index}`), { lockPath, diskPath: place.disk }),
        );
  const record = (event: Pick<FaultEvent, 'fault' | 'phase' | 'target' | 'detail'>) => {
    if (event.phase !== 'end') onFault();
    history.write<FaultEvent>({ e: 'fault', ...event });
  };
  if (choice.chosen.includes('no-locks')) {
    for (const control of controls) control.dropLocks(true);
    record({ fault: 'no-locks', phase: 'once' });
  }
  const environment = (index: number) => ('missing' in preload ? {} : (controls[index]?.environment(preload) ?? {}));
  using crew = new Crew({ job, processes: plan.processes, environment, history });
  tell('starting');
  await crew.ready();

  const ending = new AbortController();
  const end = () => ending.abort();
  hooks.signal?.addEventListener('abort', end);
  if (hooks.signal?.aborted) end();
  const pause = (ms: number) => sleep(ms, undefined, { signal: ending.signal }).catch(() => undefined);
  const ticking = setInterval(() => tell('running'), 200);
  const { staleMs } = timing;
  const { seed, processes, workers, seconds, operations } = plan;
  const limit = operations === undefined ? { seconds } : {};
  const scene: Scene = {
    crew,
    workers,
    place,
    lockDirectory: lockDirectoryOf(lockPath),
    timing,
    controls,
    ending: ending.signal,
    pause,
    record,
  };
  try {
    const incidents = schedule({ seed, faults: choice.chosen, processes, workers, staleMs, ...limit });
    const injected = inject(scene, incidents, hooks.onWarning ?? (() => undefined));
    await Promise.race([operations === undefined ? pause(seconds * 1000) : crew.done(), pause(2 ** 31 - 1)]);
    end();
    await injected;
    tell('ending');
    await crew.stop();
  } finally {
    clearInterval(ticking);
    hooks.signal?.removeEventListener('abort', end);
    for (const control of controls) control.close();
  }
}

function factsOf(place: Place, preload: Preload): Readonly<Record<string, string>> {
  const { cpu, cores, system, node, fileSystem, syncMs } = hostOf(place.disk);
  return {
    machine: `${cores} cores of ${cpu}, ${system}, Node ${node}`,
    fileSystem: `${fileSystem}, writing 4 KiB and fdatasync: ${syncMs.toFixed(2)} ms`,
    preload: 'missing' in preload ? preload.missing : 'built',
  };
}

/** `STORE.stress-SEED.jsonl`, here for a store on a server. */
function defaultHistory({ store, seed }: RunPlan): string {
  return `${store === undefined ? 'kosh' : storeStem(store)}.stress-${seed}.jsonl`;
}

function checkWritable(file: string): void {
  try {
    accessSync(dirname(resolve(file)), constants.W_OK);
  } catch (cause) {
    throw new IngestError('ERR_USAGE', `--history: ${file} cannot be written: ${messageOf(cause)}`, {
      hint: 'give a path in a folder that is there',
      cause,
    });
  }
}

/** The store as the report names it. */
export function placeName({ store, privateServer }: Pick<RunPlan, 'store' | 'privateServer'>): string {
  if (store !== undefined) return storeName(store);
  return privateServer === 'three' ? 'a private Galera cluster' : 'a private MariaDB server';
}
