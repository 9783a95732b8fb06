import type {
  EndedEvent,
  FailEvent,
  FaultEvent,
  FenceEvent,
  FinalEvent,
  HeldEvent,
  OkEvent,
  OperationResult,
  RunEvent,
  StartEvent,
  StressEvent,
  ThreadEvent,
} from '../events.js';

/** One operation with all that was written about it. */
export interface Operation {
  readonly start: StartEvent;
  readonly held: readonly HeldEvent[];
  readonly fences: readonly FenceEvent[];
  readonly end: OkEvent | FailEvent | undefined;
  /** Applied; certainly not applied; nobody knows. */
  readonly outcome: 'ok' | 'failed' | 'unknown';
  /** Of one that was acknowledged. */
  readonly result: OperationResult;
  readonly begunAt: number;
  /** From when on it is over. Never for one whose end is not known: it may have been applied at any time since its start. */
  readonly endedAt: number;
}

/** A history, sorted into what the checks look at. */
export interface HistoryIndex {
  readonly run: RunEvent;
  readonly operations: readonly Operation[];
  readonly threads: readonly ThreadEvent[];
  readonly faults: readonly FaultEvent[];
  readonly finals: readonly FinalEvent[];
  readonly ended: readonly EndedEvent[];
  /** When the last thing happened that was no look at the store. */
  readonly lastAt: number;
}

/** Throws for events without a head. */
export function indexHistory(events: readonly StressEvent[]): HistoryIndex {
  const run = events.find((event) => event.e === 'run');
  if (!run) throw new Error('no history of a stress run: the event "run" is missing');
  const open = new Map<string, OpenOperation>();
  const index = {
    threads: [] as ThreadEvent[],
    faults: [] as FaultEvent[],
    finals: [] as FinalEvent[],
    ended: [] as EndedEvent[],
  };
  let lastAt = run.t;
  for (const event of events) {
    if (event.e !== 'final' && event.t > lastAt) lastAt = event.t;
    if (event.e === 'start') open.set(event.op, { start: event, held: [], fences: [], end: undefined });
    else if (event.e === 'held') open.get(event.op)?.held.push(event);
    else if (event.e === 'fence') open.get(event.op)?.fences.push(event);
    else if (event.e === 'ok' || event.e === 'fail') {
      const operation = open.get(event.op);
      if (operation) operation.end = event;
    } else if (event.e === 'thread') index.threads.push(event);
    else if (event.e === 'fault') index.faults.push(event);
    else if (event.e === 'final') index.finals.push(event);
    else if (event.e === 'ended') index.ended.push(event);
  }
  return { run, ...index, operations: [...open.values()].map(closed), lastAt };
}

interface OpenOperation {
  readonly start: StartEvent;
  readonly held: HeldEvent[];
  readonly fences: FenceEvent[];
  end: OkEvent | FailEvent | undefined;
}

function closed(operation: OpenOperation): Operation {
  const { start, end } = operation;
  const outcome = end?.e === 'ok' ? 'ok' : end?.known ? 'failed' : 'unknown';
  return {
    ...operation,
    outcome,
    result: end?.e === 'ok' ? end.result : {},
    begunAt: start.t,
    endedAt: end && outcome !== 'unknown' ? end.t : Number.POSITIVE_INFINITY,
  };
}

/** Which place in the run a thread has, whatever its process and thread were started anew. */
export function slotOf({ p, w }: { readonly p: number; readonly w: number }): string {
  return `${p}.${w}`;
}

/** What is made of a history once, and used by several checks. */
export function oncePerHistory<T>(make: (history: HistoryIndex) => T): (history: HistoryIndex) => T {
  const made = new WeakMap<HistoryIndex, { readonly value: T }>();
  return (history) => {
    const known = made.get(history) ?? { value: make(history) };
    made.set(history, known);
    return known.value;
  };
}
