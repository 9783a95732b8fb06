import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { lockStrategyOf } from '../../src/config/load-options.js';
import type { LoadSummary } from '../../src/ingest/summary.js';
import { ensembleViews } from '../../src/kosh/ensemble-views.js';
import { openStore, openStoreForLoading } from '../../src/kosh/open-store.js';
import { addExisting, emptyExisting, type IfExists, recordsOf, type WholeUnit } from '../../src/kosh/unit-fate.js';
import { writeUnits } from '../../src/kosh/write-units.js';
import { attributesOf, userId } from '../../src/records/kosh.js';
import { createSource } from '../../src/sources/registry.js';
import type { Part, Reject } from '../../src/sources/source.js';
import { streamUnit } from '../../workers/stream-unit.js';
import type { Case } from './if-exists-cases.js';
import { loadConfigFor } from './session.js';

/** What became of documents. */
export interface Met {
  readonly existing: LoadSummary['existing'];
  readonly inserted: { readonly records: number; readonly relationships: number };
  readonly rejects: readonly Pick<Reject, 'code' | 'pointer' | 'found' | 'expected'>[];
}

/** Loads documents in this thread: in one batch, or each as if it were too large for memory, one record after the other. */
export async function meetHere(
  store: string,
  directory: string,
  documents: readonly string[],
  { ifExists, streamed }: { ifExists: IfExists; streamed: boolean },
): Promise<Met> {
  const inputs = documents.map((text, n) => {
    const path = join(directory, `in${n}.json`);
    writeFileSync(path, text);
    return path;
  });
  const strategy = lockStrategyOf(loadConfigFor(directory));
  await (await openStore(store, strategy, 'default')).joined.connection.close();
  const { joined, info } = await openStoreForLoading(store, strategy, 'default');
  const units: WholeUnit[] = [];
  const config = loadConfigFor(directory, { inputs });
  const ensembles = (ids: readonly string[]) => ensembleViews(joined, info, ids, new AbortController().signal);
  const source = await createSource(config, () => ({ info, creator: userId('default'), ensembles }));
  for (const chunk of (await source.plan()).chunks) for await (const unit of source.units(chunk)) units.push(unit as WholeUnit);
  const writing = { signal: new AbortController().signal, ifExists, info };
  const outcomes = [];
  if (streamed) {
    for (const unit of units) {
      const content = async function* () {
        yield* partsOf(unit.content);
      };
      outcomes.push(await streamUnit(joined, { ...unit, content }, { ...writing, onRecords: () => {} }));
    }
  } else outcomes.push(...(await writeUnits(joined, units, writing)).values());
  await joined.connection.close();
  await strategy.close();

  const sum = emptyExisting();
  const inserted = { records: 0, relationships: 0 };
  for (const { fate, contents, existing } of outcomes) {
    addExisting(sum, existing);
    if (fate) continue;
    inserted.records += contents.read.records - recordsOf(existing);
    inserted.relationships += contents.read.relationships - existing.relationships;
  }
  const { types: _, ...existing } = sum;
  return { existing, inserted, rejects: outcomes.flatMap(({ fate }) => fate?.rejects ?? []) };
}

function partsOf({ records, relationships, rejects }: Part): Part[] {
  const none = { records: [], relationships: [], rejects: [] };
  return [
    ...records.map((record) => ({ ...none, records: [record], read: { records: 1, relationships: 0 } })),
    { ...none, relationships, rejects, read: { records: 0, relationships: relationships.length } },
  ];
}

/** Fails unless documents met the store as the case says. `raws`: the raw of every record afterwards. */
export function assertMet(one: Case, met: Met, raws: ReadonlyMap<string, string>): void {
  const none = { skipped: 0, different: 0, replaced: 0, merged: 0, relationships: 0, differing: [] };
  assert.deepEqual(met.existing, { ...none, ...one.counts });
  assert.deepEqual(met.inserted, { records: one.inserted ?? 0, relationships: one.links ?? 0 });
  const wanted = one.rejects ?? [];
  assert.deepEqual(
    met.rejects.map(({ code, pointer }) => [code, pointer]),
    wanted.map(([code, pointer]) => [code, pointer]),
  );
  for (const [n, [, , found, expected]] of wanted.entries()) {
    if (found !== undefined) assert.equal(met.rejects[n]?.found, found);
    if (expected !== undefined) assert.equal(met.rejects[n]?.expected, expected);
  }
  for (const [id, values] of Object.entries(one.after ?? {})) {
    const attributes = attributesOf(raws.get(id) ?? '{}');
    attributes.delete('creator');
    assert.deepEqual(Object.fromEntries(attributes), values, id);
  }
  for (const [id, parts] of Object.entries(one.raw ?? {})) {
    for (const part of parts) assert.ok(raws.get(id)?.includes(part), `${part} in ${raws.get(id)}`);
  }
}

/** Whether the store is as it was before. */
export function changesNothing({ inserted, links, counts }: Case): boolean {
  return !inserted && !links && !counts?.replaced && !counts?.merged;
}
