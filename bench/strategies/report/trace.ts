import type { BenchResults, Span, TrialResult } from '../results.js';

/** An event of Chrome's trace event format: https://docs.google.com/document/d/1CvAClvFfyA5R-PhYUmn5OOQtYMH4h6I0nSsKchNAySU */
export interface TraceEvent {
  readonly name: string;
  /** M: the name of a process or thread. X: something with a begin and a duration. */
  readonly ph: 'M' | 'X';
  readonly pid: number;
  readonly tid: number;
  readonly cat?: string;
  /** Microseconds. */
  readonly ts?: number;
  readonly dur?: number;
  readonly args: Readonly<Record<string, string | number>>;
}

/** The content of `trace.json`. */
export interface Trace {
  readonly displayTimeUnit: 'ms';
  readonly otherData: Readonly<Record<string, string | number>>;
  readonly traceEvents: readonly TraceEvent[];
}

/**
 * The timelines of all trials, as Perfetto and chrome://tracing read them: each process of a trial is a process there, each worker a thread. All trials begin at 0.
 */
export function traceOf({ trials, commandLine, seed }: BenchResults): Trace {
  let last = 0;
  const traceEvents = trials.flatMap((trial) => {
    const pids = new Map<number, number>();
    for (const { process } of trial.timeline.lanes) if (!pids.has(process)) pids.set(process, ++last);
    return trialEvents(trial, pids);
  });
  return { displayTimeUnit: 'ms', otherData: { commandLine, seed }, traceEvents };
}

function trialEvents({ id, faults, timeline: { lanes, spans } }: TrialResult, pids: ReadonlyMap<number, number>): TraceEvent[] {
  const place = ({ process, worker }: (typeof lanes)[number]) => ({ pid: pids.get(process) ?? 0, tid: worker });
  const fault = faults.length > 0 ? ', faulty' : '';
  const end = spans.reduce((last, [, , begun]) => Math.max(last, begun), 0);
  // A viewer leaves out what is before zero: waits that began before the window.
  const start = spans.reduce((first, [, asked]) => Math.min(first, asked), 0);
  return [
    ...[...pids].flatMap(([process, pid]): TraceEvent[] => [
      { name: 'process_name', ph: 'M', pid, tid: 0, args: { name: `${id}, process ${process + 1}${fault}` } },
      { name: 'process_sort_index', ph: 'M', pid, tid: 0, args: { sort_index: pid } },
    ]),
    ...lanes.map(
      (lane): TraceEvent => ({ name: 'thread_name', ph: 'M', ...place(lane), args: { name: `worker ${lane.worker + 1}` } }),
    ),
    ...spans.flatMap((span) => {
      const lane = lanes[span[0]];
      return lane === undefined ? [] : spanEvents(span, place(lane), { start, end });
    }),
  ];
}

/** One that was given up never held anything, and neither did one that still waited at the end of the window, where such a span begins and ends. */
function spanEvents(
  span: Span,
  place: Pick<TraceEvent, 'pid' | 'tid'>,
  { start, end }: { readonly start: number; readonly end: number },
): TraceEvent[] {
  const [, asked, begun, ended, outcome, retries] = span;
  const isWaiting = outcome === 0 && begun === ended && ended === end;
  const args = { outcome: isWaiting ? 'still waiting' : outcome === 0 ? 'done' : 'gave up', retries };
  const event = (name: string, from: number, to: number): TraceEvent => ({
    name,
    ph: 'X',
    ...place,
    cat: 'lock',
    ts: from - start,
    dur: to - from,
    args,
  });
  const wait = event('wait', asked, begun);
  return outcome === 0 && !isWaiting ? [wait, event('hold', begun, ended)] : [wait];
}
