import { spreadOf } from '../../support/statistics.js';
import type { OperationKind } from '../events.js';
import type { Figures, Percentiles } from '../verdict.js';
import { operations as kinds } from '../workload/operations.js';
import { jain } from './fairness.js';
import { type HistoryIndex, type Operation, slotOf } from './history-index.js';

/** What a run measured. */
export function figuresOf(history: HistoryIndex): Figures {
  const { run, operations, faults, lastAt } = history;
  const waits = operations.flatMap(({ held, begunAt }) => (held[0] ? [(held[0].t - begunAt) / 1000] : [])).sort((a, b) => a - b);
  const never = operations.flatMap(({ held, end, begunAt }) => (!held[0] && end ? [(end.t - begunAt) / 1000] : []));
  const takeOvers = takeOversIn(history);
  const spread = takeOvers.length > 0 ? spreadOf(takeOvers) : undefined;
  const acknowledged = operations.filter(({ outcome }) => outcome === 'ok');
  const slots = Array.from({ length: run.processes }, (_, p) =>
    Array.from({ length: run.workers }, (_, w) => slotOf({ p, w })),
  ).flat();
  return {
    operations: outcomes(operations),
    seconds: (lastAt - run.t) / 1e6,
    waitMs: waits.length > 0 ? percentiles(waits) : undefined,
    longestWaitMs: never.reduce((most, ms) => Math.max(most, ms), waits.at(-1) ?? 0),
    takeOverMs: { all: takeOvers, median: spread?.median, max: spread?.max },
    jain: {
      threads: jain(shares(acknowledged, slots, slotOf)),
      processes: jain(
        shares(
          acknowledged,
          Array.from({ length: run.processes }, (_, p) => String(p)),
          ({ p }) => String(p),
        ),
      ),
    },
    faults: tally(faults.flatMap(({ fault, phase }) => (phase === 'end' ? [] : [fault]))),
    reruns: operations.reduce((sum, { held }) => sum + Math.max(0, held.length - 1), 0),
    retries: tally(operations.flatMap(({ end }) => end?.retries ?? [])),
    failures: tally(operations.flatMap(({ end }) => (end?.e === 'fail' ? [end.code] : []))),
  };
}

function outcomes(operations: readonly Operation[]): Figures['operations'] {
  const none = () => ({ ok: 0, failed: 0, unknown: 0 });
  const table = Object.fromEntries(Object.keys(kinds).map((kind) => [kind, none()])) as Record<
    OperationKind,
    ReturnType<typeof none>
  >;
  for (const { start, outcome } of operations) table[start.kind][outcome]++;
  return table;
}

function percentiles(sorted: readonly number[]): Percentiles {
  const at = (share: number) => sorted[Math.ceil(share * sorted.length) - 1] ?? Number.NaN;
  return { p50: at(0.5), p95: at(0.95), p99: at(0.99) };
}

/** How many of them each of the names has. */
function shares(
  operations: readonly Operation[],
  names: readonly string[],
  nameOf: (start: Operation['start']) => string,
): number[] {
  const counts = tally(operations.map(({ start }) => nameOf(start)));
  return names.map((name) => counts[name] ?? 0);
}

function tally(names: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const name of names) counts[name] = (counts[name] ?? 0) + 1;
  return counts;
}

/** Faults that silence a holder. */
const silencing: ReadonlySet<string> = new Set(['kill', 'terminate', 'stop', 'block']);

/** From each fault that met a holder to the next one who holds, in ms. Not counted where the holder came back first. */
function takeOversIn({ run, operations, faults }: HistoryIndex): number[] {
  if (!run.promises.exclusion) return [];
  const holds = operations
    .flatMap((operation) => operation.held.map(({ t }, at) => ({ operation, t, isLast: at === operation.held.length - 1 })))
    .sort((a, b) => a.t - b.t);
  return faults.flatMap(({ fault, phase, target, t }) => {
    if (!silencing.has(fault) || phase === 'end') return [];
    const next = holds.findIndex((hold) => hold.t > t);
    const holder = holds[next - 1];
    const taker = holds[next];
    if (!holder || !taker || !isTarget(holder.operation, target) || !holder.isLast) return [];
    const { end } = holder.operation;
    if (end && (end.t < t || end.t < taker.t)) return [];
    return slotOf(taker.operation.start) === slotOf(holder.operation.start) && fault !== 'kill' ? [] : [(taker.t - t) / 1000];
  });
}

function isTarget(
  { start }: Operation,
  target: { readonly p?: number; readonly i?: number; readonly w?: number } | undefined,
): boolean {
  return target?.p === start.p && target.i === start.i && (target.w === undefined || target.w === start.w);
}
