import assert from 'node:assert/strict';
import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { checks, judge } from '../bench/stress/check/judge.js';
import type { FailEvent, FinalEvent, RunEvent, StressEvent } from '../bench/stress/events.js';
import { HistoryWriter, mergeHistory, readHistory, writeHistory } from '../bench/stress/history.js';
import { promises } from '../bench/stress/protocol.js';
import { firstDatasetIds, firstEnsembleOf } from '../bench/stress/workload/records.js';
import { tempDirectory } from './support/temp.js';

const sizes = { ensembles: 3, counters: 2, datasets: 1 };
const [first = ''] = firstDatasetIds(sizes);
const home = firstEnsembleOf(first, sizes);
const away = home === 'ensemble-0' ? 'ensemble-1' : 'ensemble-0';
const further = ['ensemble-0', 'ensemble-1', 'ensemble-2'].find((id) => id !== home && id !== away) ?? '';

const head: RunEvent = {
  t: 0,
  e: 'run',
  format: 1,
  seed: 1,
  commandLine: 'kosh-ingest stress',
  strategy: 'RFileLock',
  promises: promises.RFileLock,
  engine: 'SQLite',
  processes: 2,
  workers: 1,
  sizes,
  timing: { staleMs: 2000, heartbeatMs: 1000 },
  faults: [],
  notAvailable: {},
};

type Kind = 'insert' | 'increment' | 'move' | 'delete' | 'read';
interface Given {
  /** Process. */
  readonly p?: number;
  readonly on?: readonly string[];
  /** Start and end. */
  readonly at: readonly [number, number];
  readonly result?: object;
  /** Cut off, or failed with a code. */
  readonly end?: 'never' | Pick<FailEvent, 'code' | 'known'>;
  /** When the lock was held; default: never. */
  readonly held?: readonly [number, number];
}

let serial = 0;

/** The events of one operation. */
function operation(kind: Kind, { p = 0, on = [], at: [from, to], result = {}, end, held }: Given): StressEvent[] {
  const op = `${p}.0.0.0-${++serial}`;
  const events: StressEvent[] = [{ t: from, e: 'start', op, p, i: 0, w: 0, g: 0, kind, on }];
  if (held) events.push({ t: held[0], e: 'held', op, run: 1 }, { t: held[1], e: 'fence', op, run: 1 });
  if (end === undefined) events.push({ t: to, e: 'ok', op, result });
  else if (end !== 'never') events.push({ t: to, e: 'fail', op, message: 'it failed', ...end });
  return events;
}

const increment = (value: number, given: Given) => operation('increment', { on: ['counter-0'], result: { value }, ...given });
const insert = (id: string, given: Given) => operation('insert', { on: [id, home], ...given });
const move = (to: string, given: Given) => operation('move', { on: [first, to], result: { there: true, from: home }, ...given });
const read = (counters: readonly number[], given: Given & { readonly datasets?: readonly object[] }) =>
  operation('read', {
    result: { counters: Object.fromEntries(counters.map((value, n) => [`counter-${n}`, value])), datasets: given.datasets ?? [] },
    ...given,
  });
const seen = (id: string, ensemble: string) => ({ id, there: true, own: ensemble, ensembles: [ensemble] });

function final(content: Partial<FinalEvent> = {}): FinalEvent {
  return {
    t: 10 ** 9,
    e: 'final',
    counters: { 'counter-0': 0, 'counter-1': 0 },
    datasets: [seen(first, home)],
    torn: [],
    integrity: [],
    foreignKeys: [],
    locksLeft: [],
    marksLeft: 0,
    ...content,
  };
}

const zero = { 'counter-1': 0 };

interface Case {
  readonly invariant: string;
  readonly holds: readonly (StressEvent | StressEvent[])[];
  readonly breaks: Readonly<Record<string, readonly (StressEvent | StressEvent[])[]>>;
}

/** Many operations of one process, while the other has its store open and no turn. */
function oneSided(turns: number): StressEvent[] {
  const threads = [0, 1].map((p): StressEvent => ({ t: 1, e: 'thread', phase: 'open', p, i: 0, w: 0, g: 0 }));
  const other = operation('read', { p: 1, at: [2, 0], end: 'never' });
  const reads = Array.from({ length: turns }, (_, n) => read([0, 0], { at: [10 * n + 10, 10 * n + 15] }));
  return [...threads, ...other, ...reads.flat()];
}

const cases: readonly Case[] = [
  {
    invariant: 'never two holders',
    holds: [
      increment(1, { at: [1, 9], held: [2, 5] }),
      increment(2, { p: 1, at: [1, 20], held: [5, 8] }),
      final({ counters: { 'counter-0': 2, ...zero } }),
    ],
    breaks: {
      'two at a time': [
        increment(1, { at: [1, 9], held: [2, 6] }),
        increment(2, { p: 1, at: [1, 20], held: [5, 8] }),
        final({ counters: { 'counter-0': 2, ...zero } }),
      ],
      'one within a long one': [
        increment(1, { at: [1, 90], held: [2, 80] }),
        increment(2, { p: 1, at: [3, 9], held: [4, 4] }),
        final({ counters: { 'counter-0': 2, ...zero } }),
      ],
    },
  },
  {
    invariant: 'no acknowledged write is lost',
    holds: [
      increment(1, { at: [1, 2] }),
      insert('a', { at: [3, 4] }),
      insert('b', { at: [3, 4] }),
      operation('delete', { on: ['b'], at: [5, 6], result: { there: true } }),
      insert('c', { at: [3, 0], end: 'never' }),
      final({ counters: { 'counter-0': 1, ...zero }, datasets: [seen(first, home), seen('a', home)] }),
    ],
    breaks: {
      'two increments with one value': [
        increment(1, { at: [1, 3] }),
        increment(1, { p: 1, at: [2, 4] }),
        final({ counters: { 'counter-0': 2, ...zero } }),
      ],
      'a counter that has less': [increment(1, { at: [1, 3] }), final()],
      'a counter that is gone': [final({ counters: { 'counter-0': 0 } })],
      'an insert that is gone': [insert('a', { at: [3, 4] }), final()],
      'a dataset of the start that is gone': [final({ datasets: [] })],
      'a delete that was undone': [
        insert('a', { at: [3, 4] }),
        operation('delete', { on: ['a'], at: [5, 6], result: { there: true } }),
        final({ datasets: [seen(first, home), seen('a', home)] }),
      ],
    },
  },
  {
    invariant: 'no write is applied twice, or though it failed',
    holds: [
      increment(1, { at: [1, 2] }),
      increment(0, { at: [3, 0], end: 'never' }),
      insert('a', { at: [4, 5], end: { code: 'ERR_LOCK_TIMEOUT', known: true } }),
      final({ counters: { 'counter-0': 2, ...zero } }),
    ],
    breaks: {
      'a counter that has more': [
        increment(1, { at: [1, 2] }),
        increment(0, { at: [3, 0], end: 'never' }),
        final({ counters: { 'counter-0': 3, ...zero } }),
      ],
      'a failed increment that counts': [
        increment(0, { at: [3, 4], end: { code: 'ERR_LOCK_LOST', known: true } }),
        final({ counters: { 'counter-0': 1, ...zero } }),
      ],
      'a failed insert that is there': [
        insert('a', { at: [4, 5], end: { code: 'ERR_LOCK_TIMEOUT', known: true } }),
        final({ datasets: [seen(first, home), seen('a', home)] }),
      ],
      'a dataset of nobody': [final({ datasets: [seen(first, home), seen('x', home)] })],
    },
  },
  {
    invariant: 'counters add up',
    holds: [
      increment(2, { at: [1, 5] }),
      increment(1, { p: 1, at: [1, 6] }),
      increment(3, { at: [7, 8] }),
      final({ counters: { 'counter-0': 3, ...zero } }),
    ],
    breaks: {
      'a value from before': [
        increment(2, { at: [1, 3] }),
        increment(1, { p: 1, at: [4, 6] }),
        final({ counters: { 'counter-0': 2, ...zero } }),
      ],
      'a value from nowhere': [increment(2, { at: [1, 3] }), final({ counters: { 'counter-0': 1, ...zero } })],
      'no value': [
        operation('increment', { on: ['counter-0'], at: [1, 2], result: { torn: 'counter-0 is not there' } }),
        final(),
      ],
    },
  },
  {
    invariant: 'the last acknowledged move wins',
    holds: [
      move(away, { at: [1, 4] }),
      move(further, { p: 1, at: [3, 6], result: { there: true, from: home } }),
      final({ datasets: [seen(first, away)] }),
    ],
    breaks: {
      'the one before wins': [
        move(away, { at: [1, 2] }),
        move(further, { p: 1, at: [3, 6] }),
        final({ datasets: [seen(first, away)] }),
      ],
      'none wins': [move(away, { at: [1, 2] }), final()],
      'a place of nobody': [final({ datasets: [seen(first, away)] })],
      'a failed move wins': [
        move(away, { at: [1, 2], end: { code: 'ERR_LOCK_LOST', known: true } }),
        final({ datasets: [seen(first, away)] }),
      ],
    },
  },
  {
    invariant: 'no torn dataset or membership',
    holds: [final()],
    breaks: {
      'two ensembles': [final({ datasets: [{ ...seen(first, home), ensembles: [home, away] }] })],
      'no ensemble': [final({ datasets: [{ ...seen(first, home), ensembles: [] }] })],
      'another ensemble': [final({ datasets: [{ ...seen(first, home), ensembles: [away] }] })],
      'other content': [
        final({ datasets: [{ ...seen(first, home), torn: 'its section data is not the one that was inserted' }] }),
      ],
      'a membership of nobody': [final({ datasets: [seen(first, home), { id: 'x', there: false, ensembles: [home] }] })],
    },
  },
  {
    invariant: 'no read of a state that never was',
    holds: [
      increment(1, { at: [10, 20] }),
      read([0, 0], { p: 1, at: [1, 15] }),
      read([1, 0], { p: 1, at: [16, 30], datasets: [seen(first, home)] }),
      move(away, { at: [40, 50] }),
      read([1, 0], { p: 1, at: [45, 47], datasets: [seen(first, away)] }),
      final({ counters: { 'counter-0': 1, ...zero }, datasets: [seen(first, away)] }),
    ],
    breaks: {
      'a counter from before': [
        increment(1, { at: [10, 20] }),
        read([0, 0], { at: [21, 22] }),
        final({ counters: { 'counter-0': 1, ...zero } }),
      ],
      'a counter from nowhere': [read([1, 0], { at: [21, 22] }), final()],
      'two orders of states': [
        increment(1, { at: [10, 90] }),
        operation('increment', { p: 1, on: ['counter-1'], at: [10, 90], result: { value: 1 } }),
        read([1, 0], { at: [20, 30] }),
        read([0, 1], { p: 1, at: [20, 30] }),
        final({ counters: { 'counter-0': 1, 'counter-1': 1 } }),
      ],
      'a place from before': [
        move(away, { at: [1, 2] }),
        read([0, 0], { at: [3, 4], datasets: [seen(first, home)] }),
        final({ datasets: [seen(first, away)] }),
      ],
      'a place from the future': [
        read([0, 0], { at: [3, 4], datasets: [seen(first, away)] }),
        move(away, { at: [5, 6] }),
        final({ datasets: [seen(first, away)] }),
      ],
      'half a move': [read([0, 0], { at: [3, 4], datasets: [{ ...seen(first, home), ensembles: [away] }] }), final()],
      'an insert that is not there': [
        insert('a', { at: [1, 2] }),
        read([0, 0], { at: [3, 4], datasets: [{ id: 'a', there: false, ensembles: [] }] }),
        final({ datasets: [seen(first, home), seen('a', home)] }),
      ],
      'a delete that is not seen': [
        insert('a', { at: [1, 2] }),
        operation('delete', { on: ['a'], at: [3, 4], result: { there: true } }),
        read([0, 0], { at: [5, 6], datasets: [seen('a', home)] }),
        final(),
      ],
      'a write that reads the past': [
        move(away, { at: [1, 2] }),
        move(further, { p: 1, at: [3, 4], result: { there: true, from: home } }),
        final({ datasets: [seen(first, further)] }),
      ],
    },
  },
  {
    invariant: 'the store can be read',
    holds: [final()],
    breaks: { 'it cannot': [final({ unreadable: 'file is not a database' })] },
  },
  {
    invariant: 'integrity_check',
    holds: [final()],
    breaks: { complaints: [final({ integrity: ['Tree 4 page 7: out of order'] })] },
  },
  {
    invariant: 'foreign_key_check',
    holds: [final()],
    breaks: { complaints: [final({ foreignKeys: ['StringData row 7 refers to no Record'] })] },
  },
  {
    invariant: 'raw against rows',
    holds: [final()],
    breaks: { differences: [final({ torn: ['a row is missing: ["StringData","a"]'] })] },
  },
  {
    invariant: 'locks are released',
    holds: [
      { t: 1, e: 'thread', phase: 'open', p: 0, i: 0, w: 0, g: 0 },
      { t: 5, e: 'fault', fault: 'kill', phase: 'once', target: { p: 0, i: 0 } },
      increment(1, { p: 1, at: [6, 9], held: [7, 8] }),
      final({ counters: { 'counter-0': 1, ...zero }, marksLeft: 1 }),
    ],
    breaks: {
      'a lock is left': [final({ locksLeft: ['kosh.lock.lock'] })],
      'a lock is left, and it was wanted': [
        { t: 5, e: 'fault', fault: 'kill', phase: 'once', target: { p: 0, i: 0 } },
        increment(1, { p: 1, at: [6, 9], held: [7, 8] }),
        final({ counters: { 'counter-0': 1, ...zero }, locksLeft: ['kosh.lock.lock'] }),
      ],
      'a mark is left': [final({ marksLeft: 1 })],
    },
  },
  { invariant: 'nobody starves', holds: [...oneSided(90), final()], breaks: { 'one has nothing': [...oneSided(120), final()] } },
  {
    invariant: 'every failure is one that can happen',
    holds: [
      { t: 1, e: 'fault', fault: 'full', phase: 'begin' },
      insert('a', { at: [4, 5], end: { code: 'ERR_STORE_FULL', known: true } }),
      insert('b', { at: [4, 5], end: { code: 'ERR_LOCK_TIMEOUT', known: true } }),
      final(),
    ],
    breaks: {
      'without the fault': [insert('a', { at: [4, 5], end: { code: 'ERR_STORE_FULL', known: true } }), final()],
      'of no kind that is known': [insert('a', { at: [4, 5], end: { code: 'TypeError', known: false } }), final()],
    },
  },
  {
    invariant: 'everybody ended in time',
    holds: [
      { t: 9, e: 'ended', p: 0, i: 0 },
      { t: 10, e: 'fault', fault: 'terminate', phase: 'once', target: { p: 1, i: 0, w: 0 } },
      { t: 500, e: 'ended', p: 1, i: 0, problem: 'SIGABRT', signal: 'SIGABRT' },
      final(),
    ],
    breaks: {
      'one did not': [{ t: 9, e: 'ended', p: 0, i: 0, problem: 'it did not stop in 60 s' }, final()],
      'one aborted': [{ t: 500, e: 'ended', p: 1, i: 0, problem: 'SIGABRT', signal: 'SIGABRT' }, final()],
    },
  },
];

function findingOf(invariant: string, events: readonly (StressEvent | StressEvent[])[], run: Partial<RunEvent> = {}) {
  const verdict = judge([{ ...head, ...run }, ...events.flat()].sort((a, b) => a.t - b.t));
  const found = verdict.invariants.find(({ name }) => name === invariant);
  assert.ok(found, `no invariant "${invariant}"`);
  return {
    ...found,
    broken: verdict.broken,
    others: verdict.invariants.filter(({ held, name }) => held === false && name !== invariant),
  };
}

describe('each invariant of a stress run', () => {
  for (const { invariant, holds, breaks } of cases) {
    it(`${invariant}: holds`, () => {
      const { held, evidence, others } = findingOf(invariant, holds);
      assert.equal(held, true, evidence);
      assert.deepEqual(others, []);
    });
    for (const [what, events] of Object.entries(breaks)) {
      it(`${invariant}: is broken by ${what}`, () => {
        const { held, evidence, broken, window } = findingOf(invariant, events);
        assert.equal(held, false, evidence);
        assert.equal(broken, true);
        assert.ok((window?.length ?? 0) <= 20);
      });
    }
  }

  it('has a case here', () => {
    const tested = new Set(cases.map(({ invariant }) => invariant));
    const untested = checks.map(({ name }) => name).filter((name) => !tested.has(name));
    assert.deepEqual(untested, ['the run was no sham']);
  });
});

describe('what is not checked', () => {
  it('exclusion and fairness, of a strategy that does not promise them', () => {
    const overlap = cases[0]?.breaks['two at a time'] ?? [];
    const run = { strategy: 'OnlyRetry', promises: promises.OnlyRetry } as const;
    assert.equal(findingOf('never two holders', overlap, run).held, 'not checked');
    assert.equal(findingOf('nobody starves', [...oneSided(120), final()], run).held, 'not checked');
  });

  it('a lock that was left by the last holder, whom nobody followed', () => {
    const killed: StressEvent = { t: 5, e: 'fault', fault: 'kill', phase: 'once', target: { p: 0, i: 0 } };
    assert.equal(findingOf('locks are released', [killed, final({ locksLeft: ['kosh.lock.lock'] })]).held, 'not checked');
  });

  it('anything at all, in a run in which nothing happened', () => {
    const verdict = judge([{ ...head, faults: ['kill'] }, final()]);
    assert.equal(verdict.broken, false);
    assert.match(verdict.provesNothing.join('; '), /only 0 operations succeeded.*did not happen: kill/);
    assert.equal(verdict.invariants.find(({ name }) => name === 'the run was no sham')?.held, 'not checked');
  });
});

describe('a lease that says nothing', () => {
  it('is no proof that the lock was held', () => {
    // Called, and never asked again: it may have been lost in between.
    const called = increment(1, { at: [1, 90], held: [2, 2] }).filter(({ e }) => e !== 'fence');
    const events = [called, increment(2, { p: 1, at: [1, 9], held: [1, 5] }), final({ counters: { 'counter-0': 2, ...zero } })];
    assert.equal(findingOf('never two holders', events).held, true);
  });
});

describe('a broken invariant', () => {
  it('is shown by a window of its own operations alone', () => {
    const others = Array.from({ length: 50 }, (_, n) => read([0, 0], { at: [n, n + 1] }));
    const events = [
      ...others,
      increment(1, { at: [100, 103] }),
      increment(1, { p: 1, at: [101, 104] }),
      final({ counters: { 'counter-0': 2, ...zero } }),
    ];
    const { window } = findingOf('no acknowledged write is lost', events);
    assert.deepEqual(
      window?.map(({ t, e }) => [t, e]),
      [
        [100, 'start'],
        [101, 'start'],
        [103, 'ok'],
        [104, 'ok'],
      ],
    );
  });
});

describe('a history', () => {
  it('is merged by time, without a last line that was cut off, and read back as it was written', (t) => {
    const directory = tempDirectory(t);
    const [one, other] = [new HistoryWriter(directory, 'one'), new HistoryWriter(directory, 'other')];
    one.write(head, 1);
    other.write({ e: 'held', op: 'b', run: 1 }, 2);
    one.write({ e: 'held', op: 'ü', run: 1 }, 3);
    one.close();
    other.close();
    appendFileSync(join(directory, 'one.jsonl'), '{"t":4,"e":"ok","op":"ü","res');
    const events = mergeHistory(directory);
    assert.deepEqual(
      events.map(({ t }) => t),
      [1, 2, 3],
    );
    const file = join(directory, 'whole.jsonl');
    writeHistory(file, events);
    assert.deepEqual(readHistory(file), events);
    appendFileSync(file, 'no JSON\n{}\n');
    assert.throws(() => readHistory(file), /line 4/);
  });
});
