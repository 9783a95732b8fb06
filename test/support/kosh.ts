import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { type ConnectOptions, connect, type ErrorCode, IngestError, type Store } from '../../src/index.js';
import { dumpStore, integrityProblems } from './dump.js';

export interface OpenStore {
  readonly directory: string;
  readonly path: string;
  readonly store: Store;
  /** Connects to the store again, or to another of the directory. */
  open(options?: ConnectOptions, name?: string): Promise<Store>;
}

/** A new store in a directory of the test's own, of the user `default`. When the test ends all stores are closed, and must be whole. */
export async function newStore(t: TestContext, options: ConnectOptions = {}): Promise<OpenStore> {
  const directory = mkdtempSync(join(tmpdir(), 'kosh-library-'));
  const stores: Store[] = [];
  t.after(async () => {
    try {
      for (const store of stores) await store.close();
      for (const { uri } of stores) assert.deepEqual(integrityProblems(uri), []);
      const left = readdirSync(directory, { recursive: true }).filter((name) => /(\.lock|\.tmp|-journal)$/.test(String(name)));
      assert.deepEqual(left, [], 'something was left behind');
    } finally {
      rmSync(directory, { recursive: true, force: true });
    }
  });
  const open = async (given: ConnectOptions = {}, name = 's.sqlite') => {
    const store = await connect(join(directory, name), { username: 'default', ...given });
    stores.push(store);
    return store;
  };
  return { directory, path: join(directory, 's.sqlite'), store: await open(options), open };
}

/** The call is refused with this code, and a hint or a message that says what about; answers the error. */
export async function refused(code: ErrorCode, call: () => Promise<unknown>): Promise<IngestError> {
  let error: unknown;
  await assert.rejects(call, (thrown: unknown) => {
    error = thrown;
    return true;
  });
  assert.ok(error instanceof IngestError, String((error as Error)?.stack ?? error));
  assert.equal(error.code, code, error.message);
  return error;
}

/** As {@link refused}, and every row of the store is as it was. */
export async function refusedUnchanged(path: string, code: ErrorCode, call: () => Promise<unknown>): Promise<IngestError> {
  const before = dumpStore(path);
  const error = await refused(code, call);
  assert.deepEqual(dumpStore(path), before);
  return error;
}

/** All that a generator yields. */
export async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = [];
  for await (const item of items) list.push(item);
  return list;
}

/** The ids of what a generator yields. */
export async function idsOf(objects: AsyncIterable<{ readonly id: string }>): Promise<string[]> {
  return (await all(objects)).map(({ id }) => id);
}
