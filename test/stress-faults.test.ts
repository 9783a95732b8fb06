/** Which faults a run gets, and when: what can be said without a run. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { chooseFaults, type Means, parseFaults } from '../bench/stress/faults/choose.js';
import { type Plan, schedule } from '../bench/stress/faults/schedule.js';
import { factsOf, faultNames } from '../bench/stress/faults/table.js';
import { commandLineOf } from '../bench/stress/run-plan.js';
import { stressConfig } from '../src/config/stress-options.js';
import { IngestError } from '../src/errors.js';

const plan: Plan = {
  seed: 1,
  faults: ['kill', 'stop', 'clock', 'no-locks'],
  processes: 4,
  workers: 2,
  staleMs: 4000,
  seconds: 60,
};

describe('the list of faults', () => {
  test('all is everything but no-locks, none is nothing, names are in the order of the table', () => {
    assert.deepEqual(
      parseFaults('all', '--faults'),
      faultNames.filter((name) => name !== 'no-locks'),
    );
    assert.deepEqual(parseFaults('all,no-locks', '--faults'), faultNames);
    assert.deepEqual(parseFaults('none', '--faults'), []);
    assert.deepEqual(parseFaults('stop, kill,kill', '--faults'), ['kill', 'stop']);
  });

  for (const [list, hint] of [
    ['kil', /did you mean kill/],
    ['', /known: kill/],
    ['kill,', /known: kill/],
    ['constructor', /known: kill/],
  ] as const) {
    test(`${JSON.stringify(list)} is refused`, () => {
      assert.throws(
        () => parseFaults(list, '--faults'),
        (error) => error instanceof IngestError && error.code === 'ERR_USAGE' && hint.test(error.hint ?? ''),
      );
    });
  }
});

describe('what cannot be had is named with its reason', () => {
  const everything: Means = { engine: 'SQLite', missing: {} };

  test('by engine, by what is missing', () => {
    const { chosen, notAvailable } = chooseFaults(parseFaults('all', ''), { ...everything, missing: { lock: 'no lock here' } });
    assert.equal(notAvailable.unlock, 'no lock here');
    assert.match(notAvailable['kill-server'] ?? '', /SQLite/);
    assert.ok(chosen.includes('kill'));
    assert.equal(chosen.length + Object.keys(notAvailable).length, faultNames.length - 1);
  });

  test('without working locks of the file system', () => {
    const { chosen, notAvailable } = chooseFaults(parseFaults('all,no-locks', ''), everything);
    for (const name of ['stop', 'unlock', 'outsider']) assert.match(notAvailable[name] ?? '', /^not with no-locks: /);
    for (const name of ['kill', 'terminate', 'clock', 'no-locks'] as const) assert.ok(chosen.includes(name), name);
  });

  test('no-locks that cannot be had takes nothing away', () => {
    const { chosen } = chooseFaults(['stop', 'no-locks'], { ...everything, missing: { preload: 'no compiler' } });
    assert.deepEqual(chosen, ['stop']);
  });
});

describe('the schedule', () => {
  test('is the same for the same seed, and another for another', () => {
    assert.deepEqual([...schedule(plan)], [...schedule(plan)]);
    assert.notDeepEqual([...schedule(plan)], [...schedule({ ...plan, seed: 2 })]);
  });

  test('has each fault, what lasts first, nothing after the end or cut off by it', () => {
    for (const seconds of [1, 8, 60, 300]) {
      const incidents = [...schedule({ ...plan, faults: faultNames, seconds })];
      assert.ok(incidents.every(({ atMs }) => atMs <= seconds * 1000));
      assert.ok(incidents.every(({ fault }) => factsOf(fault).lasts !== 'run'));
      if (seconds < 8) continue;
      assert.equal(new Set(incidents.map(({ fault }) => fault)).size, faultNames.length - 1, `${seconds} s`);
      const [first] = incidents;
      assert.ok(first && first.lastsMs > plan.staleMs);
      const late = incidents
        .slice(faultNames.length)
        .filter(({ atMs, lastsMs }) => lastsMs > 0 && atMs + lastsMs > seconds * 1000);
      assert.deepEqual(late, []);
    }
  });

  test('goes on without an end for a run that ends by itself, and is empty without faults', () => {
    const { seconds: _, ...endless } = plan;
    const incidents = schedule(endless);
    for (let n = 0; n < 1000; n++) assert.ok(!incidents.next().done);
    assert.deepEqual([...schedule({ ...plan, faults: ['no-locks'] })], []);
  });
});

describe('the command line that repeats a run', () => {
  for (const flags of [
    { store: "it's.sqlite", seed: '7' },
    { store: 'a', operations: '10', seed: '1', lockPath: '/x y/lock' },
    { privateServer: 'three', seed: '1' },
    { store: 'a', control: 'half-retry', seed: '1' },
  ]) {
    test(JSON.stringify(flags), () => {
      const config = stressConfig(flags);
      const line = commandLineOf(config);
      const words = [...line.matchAll(/'((?:[^']|'\\'')*)'(?= |$)|(\S+)/g)].map(
        ([, quoted, bare]) => quoted?.replaceAll("'\\''", "'") ?? bare,
      );
      assert.deepEqual(words.slice(0, 2), ['kosh-ingest', 'stress']);
      const again: Record<string, unknown> = {};
      for (let n = 2; n < words.length; n += 2) {
        const key = (words[n] ?? '').slice(2).replace(/-(.)/g, (__, letter: string) => letter.toUpperCase());
        again[key] = words[n + 1];
      }
      assert.deepEqual(stressConfig(again), config);
    });
  }
});
