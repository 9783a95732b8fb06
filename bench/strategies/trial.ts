/**
 * One round of a trial: prepares the store, starts the processes, and looks at what they made of it.
 *
 *     node dist/bench/strategies/trial.js JOB
 *
 * JOB is a {@link TrialJob} as JSON; the store does not exist, or is an empty database. Prints one JSON line, a {@link TrialOutcome}. It leads a process group
 * of its own, which ends as a whole.
 */
import { nowMs } from '../../src/clock.js';
import { openStore } from '../../src/kosh/open-store.js';
import { createLockStrategy } from '../../src/locks/registry.js';
import { threadEntry } from '../../src/threads.js';
import { type Course, courseFromNow, Peers } from '../support/peers.js';
import { faultsOf } from './check.js';
import { contentionOf } from './contention.js';
import { printAnswer } from './group.js';
import { Times } from './histogram.js';
import { courseWithoutEnd, type ProcessReport, type Report, type TrialJob, type TrialOutcome } from './protocol.js';
import { sumOfCalls } from './tally.js';
import type { TrialProcessJob } from './trial-process.js';
import { loadGiven } from './work/bulk.js';
import { benchUser, givenPrefix, needsRecords } from './work/calls.js';

const job = JSON.parse(process.argv[2] ?? '') as TrialJob;

/** Creates the store with what the load needs in it, and answers how many records that are. */
async function prepare(): Promise<number> {
  const strategy = createLockStrategy('None');
  const { joined } = await openStore(job.store, strategy, benchUser, { sqlite: job.sqlite });
  await joined.connection.close();
  await strategy.close();
  if (!needsRecords(job.load)) return 0;
  const { ensembles, datasets } = job.sizes;
  await loadGiven(job, givenPrefix);
  return ensembles * (1 + datasets);
}

function courseOf(): Course {
  return job.length.kind === 'window' ? courseFromNow(job.length) : courseWithoutEnd(nowMs());
}

async function run(): Promise<TrialOutcome> {
  const given = await prepare();
  const startedMs = nowMs();
  using processes = new Peers<ProcessReport>({
    program: threadEntry('./trial-process', import.meta.url),
    kind: 'processes',
    count: job.processes,
    argument: (number): TrialProcessJob => ({ job, process: number }),
  });
  await processes.ready;
  const course = courseOf();
  const { reports: answers, cpuSeconds } = await processes.run(course);
  const jobSeconds = (nowMs() - startedMs) / 1000;
  const written = answers.flatMap((answer) => answer.written);
  const faults = await faultsOf({ store: job.store, written, attributes: job.sizes.attributes, given });
  const { user, system } = process.cpuUsage();
  return { ...figures(answers, course), jobSeconds, cpuSeconds: cpuSeconds + (user + system) / 1e6, faults };
}

/** What is measured: the window of the course; without one, from the first time that somebody asked to the end of the last transaction. */
function measuredOf(reports: readonly Report[], { fromMs, toMs }: Course): Omit<Course, 'startMs'> {
  if (Number.isFinite(toMs)) return { fromMs, toMs };
  const asked = reports.flatMap(({ spans }) => (spans.length > 0 ? [spans[0] as number] : []));
  if (asked.length === 0) return { fromMs, toMs: fromMs };
  return { fromMs: Math.min(...asked), toMs: Math.max(...reports.map(({ endMs }) => endMs)) };
}

function figures(answers: readonly ProcessReport[], course: Course) {
  const reports = answers.flatMap((answer) => answer.reports);
  const { fromMs, toMs } = measuredOf(reports, course);
  const merged = (histograms: readonly string[]) => Times.merged(histograms.map((histogram) => ({ histogram }))).distribution();
  return {
    seconds: (toMs - fromMs) / 1000,
    shares: answers.map((answer) => answer.reports.map(({ units }) => units)),
    calls: sumOfCalls(reports.map(({ calls }) => calls)),
    waitMs: merged(reports.map(({ waits }) => waits)),
    holdMs: merged(reports.map(({ holds }) => holds)),
    takeOvers: answers.reduce((sum, answer) => sum + answer.takeOvers, 0),
    ...contentionOf(reports, { fromMs, toMs }),
  };
}

await printAnswer(run);
