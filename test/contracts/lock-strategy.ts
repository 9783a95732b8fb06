import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import type { LockOptions } from '../../src/locks/lock-options.js';
import type { LockStrategy } from '../../src/locks/lock-strategy.js';
import { errorWithCode, signalPoint, withLockDirectory } from '../support/lock-directory.js';

/** What a strategy promises beyond the contract. */
export interface LockStrategyFacts {
  /** Runs the work again after an error that can pass by itself. */
  readonly retries: boolean;
  /** Lets one run at a time do its work. */
  readonly excludes: boolean;
}

export interface LockStrategyUnderTest {
  readonly facts: LockStrategyFacts;
  /** A strategy that keeps what it needs in `directory`, with these `numTries` and `patience`. */
  create(directory: string, options: Pick<LockOptions, 'numTries' | 'patience'>): LockStrategy;
}

/** What every `LockStrategy` must do. */
export function describeLockStrategy(name: string, { facts, create }: LockStrategyUnderTest): void {
  const test = (title: string, body: (make: (options?: LockOptions) => LockStrategy) => Promise<void>) =>
    it(title, { timeout: 120_000 }, () =>
      withLockDirectory(async (directory) => {
        const made: LockStrategy[] = [];
        await body((options = {}) => {
          const strategy = create(directory, { numTries: 4, patience: 0, ...options });
          made.push(strategy);
          return strategy;
        });
        for (const strategy of made) await strategy.close();
      }),
    );

  describe(`${name}: the contract of a lock strategy`, () => {
    test('has its name', async (make) => assert.equal(make().name, name));

    test('returns what the work returns, and runs it once', async (make) => {
      const strategy = make();
      let runs = 0;
      assert.equal(await strategy.run(() => ++runs), 1);
      assert.equal(await strategy.run(async () => ++runs), 2);
    });

    test('gives the work a lease that is held', async (make) => {
      await make().run((lease) => {
        lease.assertHeld();
        assert.equal(lease.signal.aborted, false);
      });
    });

    for (const thrown of [
      errorWithCode('SQLITE_CONSTRAINT_UNIQUE'),
      errorWithCode('SQLITE_FULL'),
      new TypeError('a bug'),
      'no Error at all',
    ]) {
      test(`throws on at once what cannot pass by itself: ${String(thrown)}`, async (make) => {
        const strategy = make();
        let runs = 0;
        const fail = (): never => {
          runs += 1;
          throw thrown;
        };
        assert.equal(await strategy.run(fail).catch((error: unknown) => error), thrown);
        assert.equal(await strategy.run(async () => fail()).catch((error: unknown) => error), thrown);
        assert.equal(runs, 2);
        assert.equal(await strategy.run(() => 'goes on'), 'goes on');
      });
    }

    test('an error that can pass by itself: the whole work again, where the strategy retries', async (make) => {
      let runs = 0;
      const running = make().run(() => {
        runs += 1;
        if (runs < 3) throw errorWithCode('SQLITE_BUSY');
        return 'done';
      });
      if (facts.retries) assert.equal(await running, 'done');
      else await assert.rejects(running, { code: 'SQLITE_BUSY' });
      assert.equal(runs, facts.retries ? 3 : 1);
    });

    test('runs the work numTries times at most', async (make) => {
      const thrown: Error[] = [];
      const running = make({ numTries: 3 }).run(() => {
        const error = errorWithCode('SQLITE_BUSY', `busy, time ${thrown.length + 1}`);
        thrown.push(error);
        throw error;
      });
      if (!facts.retries) return await assert.rejects(running, (error) => error === thrown[0]);
      await assert.rejects(running, (error: Error & { hint?: string }) => {
        assert.equal((error as { code?: unknown }).code, 'ERR_RETRIES_EXHAUSTED');
        assert.match(
          error.message,
          /3 tries in 0\.\d s; first error: SQLITE_BUSY: busy, time 1; last error: SQLITE_BUSY: busy, time 3/,
        );
        assert.equal(error.cause, thrown[2]);
        assert.ok(error.hint);
        return true;
      });
      assert.equal(thrown.length, 3);
    });

    test('a nested run runs its work once, and the outer run decides', async (make) => {
      const strategy = make({ numTries: 3 });
      let outer = 0;
      let inner = 0;
      const running = strategy.run(async (lease) => {
        outer += 1;
        return await strategy.run((innerLease) => {
          inner += 1;
          assert.equal(innerLease, lease);
          throw errorWithCode('SQLITE_BUSY');
        });
      });
      await assert.rejects(running);
      assert.equal(outer, facts.retries ? 3 : 1);
      assert.equal(inner, outer);
      assert.equal(await strategy.run(() => strategy.run(() => strategy.run(() => 'deep'))), 'deep');
    });

    test('a chain that outlives the work that started it is inside of nothing', async (make) => {
      const strategy = make();
      const ended = signalPoint();
      let runs = 0;
      let late: Promise<unknown> = Promise.resolve();
      await strategy.run(() => {
        late = ended.reached.then(() =>
          strategy.run(() => {
            runs += 1;
            if (runs === 1) throw errorWithCode('SQLITE_BUSY');
          }),
        );
      });
      ended.reach();
      await (facts.retries ? late : assert.rejects(late));
      assert.equal(runs, facts.retries ? 2 : 1);
    });

    test(
      facts.excludes ? 'two chains in one thread exclude each other' : 'two chains in one thread do not wait for each other',
      async (make) => {
        const strategy = make();
        let inside = 0;
        let most = 0;
        const work = async () => {
          most = Math.max(most, ++inside);
          for (let i = 0; i < 20; i++) await turn();
          inside -= 1;
        };
        await Promise.all(Array.from({ length: 5 }, () => strategy.run(work)));
        assert.equal(most, facts.excludes ? 1 : 5);
      },
    );

    test('a signal that is aborted before: the work is not run', async (make) => {
      const reason = new Error('changed my mind');
      let runs = 0;
      const running = make().run(() => ++runs, { signal: AbortSignal.abort(reason) });
      await assert.rejects(running, (error) => error === reason);
      assert.equal(runs, 0);
    });

    test('a signal that is aborted during the work does not undo the work', async (make) => {
      const abort = new AbortController();
      const value = await make().run(
        () => {
          abort.abort();
          return 'committed';
        },
        { signal: abort.signal },
      );
      assert.equal(value, 'committed');
    });

    test('close: waits for the work that runs, its nested runs too; then nothing runs, and it may be called again', async (make) => {
      const strategy = make();
      const started = signalPoint();
      const goOn = signalPoint();
      const events: string[] = [];
      const running = strategy.run(async () => {
        started.reach();
        await goOn.reached;
        return await strategy.run(() => events.push('worked'));
      });
      await started.reached;
      const closing = [strategy.close(), strategy.close()].map((closed) => closed.then(() => events.push('closed')));
      await turn();
      goOn.reach();
      assert.equal(await running, 1);
      await Promise.all(closing);
      await strategy.close();
      assert.deepEqual(events, ['worked', 'closed', 'closed']);
      await assert.rejects(
        strategy.run(() => events.push('late')),
        { code: 'ERR_USAGE' },
      );
      assert.equal(events.length, 3);
    });

    test('close inside its own work is refused, not waited for', async (make) => {
      const strategy = make();
      await assert.rejects(
        strategy.run(() => strategy.close()),
        { code: 'ERR_USAGE' },
      );
      assert.equal(await strategy.run(() => 'still open'), 'still open');
    });

    if (!facts.retries) return;

    test('a signal ends the tries', async (make) => {
      const reason = new Error('changed my mind');
      const abort = new AbortController();
      let runs = 0;
      const running = make().run(
        () => {
          runs += 1;
          abort.abort(reason);
          throw errorWithCode('SQLITE_BUSY');
        },
        { signal: abort.signal },
      );
      await assert.rejects(running, (error) => error === reason);
      assert.equal(runs, 1);
    });

    test('close ends the tries', async (make) => {
      const strategy = make();
      const started = signalPoint();
      const goOn = signalPoint();
      let runs = 0;
      const rejected = assert.rejects(
        strategy.run(async () => {
          runs += 1;
          started.reach();
          await goOn.reached;
          throw errorWithCode('SQLITE_BUSY');
        }),
        { code: 'ERR_INTERRUPTED' },
      );
      await started.reached;
      const closed = strategy.close();
      goOn.reach();
      await Promise.all([rejected, closed]);
      assert.equal(runs, 1);
    });
  });
}
