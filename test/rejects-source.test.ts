import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { defaultStoreInfo } from '../src/records/kosh.js';
import { RejectsSource } from '../src/sources/rejects-source.js';
import type { Done, Place, SourceContext } from '../src/sources/source.js';
import { tempDirectory } from './support/temp.js';

const context: SourceContext = { info: defaultStoreInfo, creator: 'c', ensembles: async () => new Map() };

test('a load of mended rejects that goes on leaves out what is done, and notices what was mended in another way since, and a file that changed', async (t) => {
  const cwd = tempDirectory(t);
  const at = (name: string) => join(cwd, name);
  const [partly, whole, lines, fromRejects] = [at('a.json'), at('b.json'), at('c.jsonl'), at('mended.jsonl')];
  const mended = (ids: { partly: string; whole: string; line: string }) => {
    const place = { line: 1, offset: 0, code: 'ERR_RECORD' };
    const all = [
      { ...place, file: partly, pointer: '/records/1', record: { id: ids.partly, type: 't' } },
      { ...place, file: whole, pointer: '', record: { records: [{ id: ids.whole, type: 't' }] } },
      { ...place, file: lines, pointer: '', record: { id: ids.line, type: 't' } },
    ];
    writeFileSync(fromRejects, all.map((line) => `${JSON.stringify(line)}\n`).join(''));
  };
  const source = () => new RejectsSource({ fromRejects, batchSize: 10 }, () => context);
  const ids = { partly: 'a1', whole: 'b', line: 'c' };
  writeFileSync(partly, '{"records":[{"id":"a0","type":"t"},{"id":"a1"}]}');
  writeFileSync(whole, '{"records":[');
  writeFileSync(lines, '{"id":"c"}\n');
  mended(ids);

  const first = source();
  const places: Place[] = [];
  for (const chunk of (await first.plan()).chunks) {
    for await (const unit of first.units(chunk)) places.push(unit.place as Place);
  }
  assert.equal(places.length, 3);
  const done: Done = new Map(places.map((place) => [place.key, { digest: place.digest(), left: [] }]));
  assert.deepEqual([...(await source().plan(done)).chunks], []);

  for (const changed of [{ partly: 'x' }, { whole: 'x' }, { line: 'x' }]) {
    mended({ ...ids, ...changed });
    await assert.rejects(source().plan(done), { code: 'ERR_INPUT_CHANGED' }, JSON.stringify(changed));
  }
  mended(ids);
  assert.deepEqual([...(await source().plan(done)).chunks], []);
  // What was not refused is read from the file; of one that was mended whole nothing is.
  writeFileSync(whole, 'x');
  assert.deepEqual([...(await source().plan(done)).chunks], []);
  writeFileSync(partly, '{"records":[{"id":"other","type":"t"},{"id":"a1"}]}');
  await assert.rejects(source().plan(done), { code: 'ERR_INPUT_CHANGED' });
});
