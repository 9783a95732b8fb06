import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, rmSync, watch, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import type { LoadSummary } from '../src/ingest/summary.js';
import { RejectsSource } from '../src/sources/rejects-source.js';
import { runCli } from './support/cli.js';
import { dumpStore, integrityProblems } from './support/dump.js';
import { tempDirectory } from './support/temp.js';

/** A line of a rejects file. */
interface Line {
  file: string;
  line?: number;
  offset?: number;
  pointer: string;
  code: string;
  found?: string;
  hint?: string;
  record?: unknown;
  more?: { pointer: string }[];
}

function linesIn(path: string): Line[] {
  const text = readFileSync(path, 'utf8');
  assert.ok(text.endsWith('\n'));
  return text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Line);
}

const count = Number(process.env.KOSH_INGEST_TEST_DOCUMENTS ?? 2000);

/** Document `n` of the campaign, one line a record. */
function run(n: number): string {
  const data = `{"x":{"value":${n}.50},"name":{"value":"run ${n}"},"list":{"value":[1,2,${n}]}}`;
  const record = `{"id":"run_${n}","type":"dataset","data":${data}}`;
  const link = `{"subject":"run_${n}","predicate":"is part of","object":"study"}`;
  return `{"records":[\n${record}\n],"relationships":[\n${link}\n]}\n`;
}

interface Fault {
  readonly name: string;
  readonly breaks: (text: string, n: number) => string | Buffer;
  readonly code: string;
  readonly pointer: string;
  readonly line: number | undefined;
  /** Mends the `record` of its line. */
  readonly mends: (record: never, n: number) => unknown;
}

type Run = { id: string; type?: string; data: Record<string, { value: unknown }> };

const faults: Fault[] = [
  {
    name: 'truncated',
    breaks: (text) => text.slice(0, -20),
    code: 'ERR_NOT_JSON',
    pointer: '',
    line: 4,
    mends: (_text: string, n) => run(n),
  },
  {
    name: 'not UTF-8',
    breaks: (text) => Buffer.from(text.replace('run ', 'run\xff '), 'latin1'),
    code: 'ERR_NOT_JSON',
    pointer: '',
    line: 2,
    mends: (document: object) => JSON.parse(JSON.stringify(document).replace('\ufffd', '')),
  },
  {
    name: 'no type',
    breaks: (text) => text.replace('"type":"dataset",', ''),
    code: 'ERR_RECORD',
    pointer: '/records/0/type',
    line: 2,
    mends: (record: Run) => ({ ...record, type: 'dataset' }),
  },
  {
    name: 'no id',
    breaks: (text, n) => text.replace(`"id":"run_${n}",`, ''),
    code: 'ERR_RECORD',
    pointer: '/records/0/id',
    line: 2,
    mends: (record: Run, n) => ({ ...record, id: `run_${n}` }),
  },
  {
    name: 'a list of numbers and texts',
    breaks: (text) => text.replace('[1,2,', '[1,"2",'),
    code: 'ERR_RECORD',
    pointer: '/records/0/data/list/value/1',
    line: 2,
    mends: (record: Run, n) => ({ ...record, data: { ...record.data, list: { value: [1, 2, n] } } }),
  },
  {
    name: 'an object as a value',
    breaks: (text) => text.replace('"run ', '{"a":1},"units":"'),
    code: 'ERR_RECORD',
    pointer: '/records/0/data/name/value',
    line: 2,
    mends: (record: Run, n) => ({ ...record, data: { ...record.data, name: { value: `run ${n}` } } }),
  },
  {
    name: 'the id of another document',
    breaks: (text, n) => text.replace(`"id":"run_${n}"`, '"id":"study"'),
    code: 'ERR_RECORD_EXISTS',
    pointer: '/records/0/id',
    line: 2,
    mends: (record: Run, n) => ({ ...record, id: `run_${n}` }),
  },
  {
    name: 'a relationship to nowhere',
    breaks: (text) => text.replace('"object":"study"', '"object":"nowhere"'),
    code: 'ERR_MISSING_ENDPOINT',
    pointer: '/relationships/0/object',
    line: 4,
    mends: (record: object) => ({ ...record, object: 'study' }),
  },
  {
    name: 'empty',
    breaks: () => '',
    code: 'ERR_NOT_JSON',
    pointer: '',
    line: 1,
    mends: (_text: string, n) => JSON.parse(run(n)),
  },
  {
    name: 'NaN',
    breaks: (text, n) => text.replace(`${n}.50`, 'NaN'),
    code: 'ERR_NOT_JSON',
    pointer: '/records/0/data/x/value',
    line: 2,
    mends: (text: string, n) => text.replace('NaN', `${n}.50`),
  },
];

/** The number of a file's document. */
const numberOf = (file: string) => Number(/run_(\d+)\.json$/.exec(file)?.[1]);

test('a campaign with 5 % of its documents broken in ten ways: each is one line, and mending the lines completes the store', async (t) => {
  const cwd = tempDirectory(t);
  for (const folder of ['whole', 'broken']) mkdirSync(join(cwd, folder));
  const study = '{"records":[{"id":"study","type":"kosh_ensemble","data":{"root":{"value":"/p"}}}]}';
  for (const folder of ['whole', 'broken']) writeFileSync(join(cwd, folder, 'study.json'), study);
  const broken = new Map<number, Fault>();
  for (let n = 0; n < count; n++) {
    const text = run(n);
    if (n % 20 === 7) broken.set(n, faults[Math.floor(n / 20) % faults.length] as Fault);
    writeFileSync(join(cwd, 'whole', `run_${n}.json`), text);
    writeFileSync(join(cwd, 'broken', `run_${n}.json`), broken.get(n)?.breaks(text, n) ?? text);
  }
  assert.equal(broken.size, count / 20);

  const load = async (...args: string[]) => {
    const { code, stdout, stderr } = await runCli(['load', ...args, '--json', '--lock-strategy', 'None'], { cwd });
    return { code, stderr, summary: JSON.parse(stdout || '{}') as LoadSummary };
  };
  assert.equal((await load('whole', '--store', 'whole.sqlite')).code, 0);
  const first = await load('broken/study.json', 'broken', '--store', 's.sqlite');
  assert.equal(first.code, 3, first.stderr);
  assert.equal(first.summary.records.inserted, count - broken.size + 1);
  assert.equal(first.summary.rejects.count, broken.size);

  const path = join(cwd, 's.sqlite.rejects.jsonl');
  const lines = linesIn(path);
  assert.deepEqual(new Set(lines.map(({ file }) => numberOf(file))), new Set(broken.keys()));
  assert.equal(lines.length, broken.size);
  for (const { file, line, pointer, code, record } of lines) {
    const fault = broken.get(numberOf(file)) as Fault;
    assert.deepEqual({ code, pointer, line }, { code: fault.code, pointer: fault.pointer, line: fault.line }, fault.name);
    assert.notEqual(record, undefined, fault.name);
  }
  const keys = ['file', 'line', 'offset', 'pointer', 'code', 'message', 'found', 'expected', 'hint', 'record', 'recordId'];
  for (const line of lines)
    assert.deepEqual(
      Object.keys(line),
      keys.filter((key) => key in line),
    );

  const mended = lines.map((line) => {
    const n = numberOf(line.file);
    return JSON.stringify({ ...line, record: broken.get(n)?.mends(line.record as never, n) });
  });
  // The number of "x" would be written as 7.5 by a script that knows no 7.50: the same value, which is what is compared.
  writeFileSync(path, `${mended.join('\n')}\n`);
  const second = await load('--from-rejects', 's.sqlite.rejects.jsonl', '--store', 's.sqlite');
  assert.equal(second.code, 0, second.stderr);
  assert.deepEqual(second.summary.records, { read: broken.size, inserted: broken.size, rejected: 0 });
  assert.deepEqual(dumpStore(join(cwd, 's.sqlite')), dumpStore(join(cwd, 'whole.sqlite')));
  assert.deepEqual(integrityProblems(join(cwd, 's.sqlite')), []);
  assert.equal(existsSync(path), false, 'nothing is left to be mended');
});

const load = (cwd: string, ...args: string[]) => runCli(['load', ...args, '--json', '--lock-strategy', 'None'], { cwd });
const record = (id: string, data = '{}') => `{"id":"${id}","type":"t","data":${data}}`;
const documentOf = (...records: string[]) => `{ "records": [\n${records.join(',\n')}\n] }`;
const idsIn = (store: string) =>
  dumpStore(store).flatMap((line) => {
    const { table, id, type } = JSON.parse(line) as { table: string; id: string; type: string };
    return table === 'Record' && type === 't' ? [id] : [];
  });

test('a line keeps numbers as they were written, and what else is wrong with its record', async (t) => {
  const cwd = tempDirectory(t);
  const bad = '{ "id": "a", "type": "t", "data": {"big": {"value": 1152921504606846977}, "x": 1.50, "y": {"value": [1, "2"]}} }';
  const written = documentOf(record('b'), bad, '{"id":"c"}');
  writeFileSync(join(cwd, 'a.json'), written);
  assert.equal((await load(cwd, 'a.json', '--store', 's.sqlite')).code, 3);
  const text = readFileSync(join(cwd, 's.sqlite.rejects.jsonl'), 'utf8');
  const compact = '{"id":"a","type":"t","data":{"big":{"value":1152921504606846977},"x":1.50,"y":{"value":[1,"2"]}}}';
  assert.ok(text.includes(`"record":${compact},"recordId":"a","more":[{`), text);
  const [first, second, ...none] = linesIn(join(cwd, 's.sqlite.rejects.jsonl'));
  assert.deepEqual(none, []);
  assert.deepEqual([first?.pointer, first?.line, first?.offset], ['/records/1/data/x', 3, written.indexOf(bad)]);
  assert.deepEqual(
    first?.more?.map(({ pointer }) => pointer),
    ['/records/1/data/y/value/1'],
  );
  assert.deepEqual([second?.pointer, second?.line], ['/records/2/type', 4]);
});

test('what was mended is kept while another record of its document is refused again; an empty text leaves one out', async (t) => {
  const cwd = tempDirectory(t);
  writeFileSync(join(cwd, 'a.json'), documentOf('{"id":"a"}', record('b'), '{"id":"c"}', '{"id":"d"}'));
  const path = join(cwd, 's.sqlite.rejects.jsonl');
  await load(cwd, 'a.json', '--store', 's.sqlite');
  const mend = (change: (line: Line) => unknown) => {
    const lines = linesIn(path).map((line) => JSON.stringify({ ...line, record: change(line) }));
    writeFileSync(path, `${lines.join('\n')}\n`);
  };
  const again = () => load(cwd, '--from-rejects', 's.sqlite.rejects.jsonl', '--store', 's.sqlite');
  mend(({ pointer, record: old }) => {
    if (pointer.startsWith('/records/0')) return { ...(old as object), type: 't' };
    return pointer.startsWith('/records/2') ? '{"id":"c","type":"t","data":{"x":{"value":NaN}}}' : '';
  });
  assert.equal((await again()).code, 3);
  assert.deepEqual(idsIn(join(cwd, 's.sqlite')), []);
  const pointers = linesIn(path).map(({ pointer, code }) => [pointer, code]);
  assert.deepEqual(pointers.sort(), [
    ['/records/0', 'ERR_DOCUMENT'],
    ['/records/2/data/x/value', 'ERR_NOT_JSON'],
    ['/records/3', 'ERR_DOCUMENT'],
  ]);
  mend(({ pointer, record: old }) => (pointer.startsWith('/records/2') ? String(old).replace('NaN', '1') : old));
  const last = await again();
  assert.equal(last.code, 0, last.stderr);
  assert.deepEqual(idsIn(join(cwd, 's.sqlite')), ['a', 'b', 'c']);
});

test('a document that has changed since is not loaded with what was mended of its other state; null takes the file as it is', async (t) => {
  const cwd = tempDirectory(t);
  const path = join(cwd, 'r.jsonl');
  writeFileSync(join(cwd, 'a.json'), documentOf(record('b'), '{"id":"a"}'));
  await load(cwd, 'a.json', '--store', 's.sqlite', '--rejects', 'r.jsonl');
  const [line] = linesIn(path);
  writeFileSync(path, `${JSON.stringify({ ...line, record: { id: 'a', type: 't' } })}\n`);
  writeFileSync(join(cwd, 'a.json'), documentOf(record('new'), record('b')));
  const changed = await load(cwd, '--from-rejects', 'r.jsonl', '--store', 's.sqlite', '--rejects', 'again.jsonl');
  assert.equal(changed.code, 3);
  const [again, ...none] = linesIn(join(cwd, 'again.jsonl'));
  assert.deepEqual([again?.pointer, again?.code, again?.record], ['/records/1', 'ERR_DOCUMENT', { id: 'a', type: 't' }]);
  assert.deepEqual(none, []);
  assert.equal(linesIn(path).length, 1, 'a rejects file that is only read stays');
  writeFileSync(path, `${JSON.stringify({ ...line, record: null })}\n`);
  const { code, stderr } = await load(cwd, '--from-rejects', 'r.jsonl', '--store', 's.sqlite', '--rejects', 'again.jsonl');
  assert.equal(code, 0, stderr);
  assert.deepEqual(idsIn(join(cwd, 's.sqlite')), ['b', 'new']);
});

test('a large document is mended as it is read', async (t) => {
  const cwd = tempDirectory(t);
  const pad = 'x'.repeat(1000);
  const records = Array.from({ length: 9000 }, (_, n) => record(`r${n}`, `{"pad":{"value":"${pad}"}}`));
  records[8000] = '{"id":"bad"}';
  writeFileSync(join(cwd, 'a.json'), documentOf(...records));
  const path = join(cwd, 's.sqlite.rejects.jsonl');
  await load(cwd, 'a.json', '--store', 's.sqlite');
  const [line] = linesIn(path);
  assert.deepEqual([line?.pointer, line?.line, line?.record], ['/records/8000/type', 8002, { id: 'bad' }]);
  writeFileSync(path, JSON.stringify({ ...line, record: { id: 'bad', type: 't' } }));
  const { code, stderr } = await load(cwd, '--from-rejects', path, '--store', 's.sqlite');
  assert.equal(code, 0, stderr);
  assert.equal(idsIn(join(cwd, 's.sqlite')).length, 9000);
});

const wrongLines: readonly (readonly [name: string, text: string | Buffer, message: RegExp])[] = [
  ['not JSON', '{"file": "a.json", ', /line 2 of the rejects file r\.jsonl is not JSON/],
  ['no reject', '{"file": "a.json"}', /line 2 of the rejects file r\.jsonl is no reject/],
  ['not UTF-8', Buffer.from('{"file":"\xfc.json"}', 'latin1'), /line 2 of the rejects file r\.jsonl is not UTF-8 text/],
  ['of no file', '{"file":null,"pointer":"","code":"ERR_RECORD"}', /line 2 .+ names no file/],
  ['with a number as its record', '{"file":"a.json","pointer":"","code":"ERR_RECORD","record":5}', /line 2 .+ "record"/],
];

test('a line that is no reject stops the load before anything is written', async (t) => {
  const cwd = tempDirectory(t);
  writeFileSync(join(cwd, 'a.json'), documentOf(record('a')));
  for (const [name, text, message] of wrongLines) {
    const first = Buffer.from('{"file":"a.json","pointer":"","code":"ERR_RECORD"}\n');
    writeFileSync(join(cwd, 'r.jsonl'), Buffer.concat([first, Buffer.from(text), Buffer.from('\n')]));
    const { code, stderr } = await load(cwd, '--from-rejects', 'r.jsonl', '--store', 's.sqlite');
    assert.equal(code, 1, name);
    assert.match(stderr, message);
    assert.match(stderr, /Nothing was written/);
    assert.equal(existsSync(join(cwd, 's.sqlite')), false);
  }
});

test('a rejects file with a byte order mark, other line ends and blank lines is one all the same', async (t) => {
  const cwd = tempDirectory(t);
  const path = join(cwd, 's.sqlite.rejects.jsonl');
  writeFileSync(join(cwd, 'a.jsonl'), '{"id":"ä"}\n{"id":"b"}\n');
  await load(cwd, 'a.jsonl', '--store', 's.sqlite');
  const mended = linesIn(path).map((line) => JSON.stringify({ ...line, record: { ...(line.record as object), type: 't' } }));
  writeFileSync(path, `\ufeff${mended.join('\r\n\r\n')}`);
  const { code, stderr } = await load(cwd, '--from-rejects', path, '--store', 's.sqlite');
  assert.equal(code, 0, stderr);
  assert.deepEqual(idsIn(join(cwd, 's.sqlite')), ['b', 'ä']);
});

test('a document that is not where its line says ends the load before the store is touched', async (t) => {
  const cwd = tempDirectory(t);
  mkdirSync(join(cwd, 'runs'));
  mkdirSync(join(cwd, 'other'));
  writeFileSync(join(cwd, 'whole.json'), '{');
  writeFileSync(join(cwd, 'runs', 'a.json'), documentOf(record('b'), '{"id":"a"}'));
  await load(cwd, 'whole.json', 'runs/a.json', '--store', 's.sqlite', '--rejects', 'r.jsonl', '--workers', '1');
  const path = join(cwd, 'r.jsonl');
  const mended = linesIn(path)
    .sort((a, b) => (a.file < b.file ? 1 : -1))
    .map((line) => ({ ...line, record: line.file === 'whole.json' ? documentOf(record('w')) : { id: 'a', type: 't' } }));
  writeFileSync(path, mended.map((line) => `${JSON.stringify(line)}\n`).join(''));
  const before = readFileSync(join(cwd, 's.sqlite'));
  const refused = async (folder: string, words: RegExp) => {
    const args = ['load', '--from-rejects', join('..', 'r.jsonl'), '--store', join('..', 's.sqlite')];
    const { code, stderr } = await runCli(args, { cwd: join(cwd, folder) });
    assert.equal(code, 1, stderr);
    assert.match(stderr, words);
    assert.match(stderr, /Nothing was written\. Start it in the folder in which the first load was started\./);
    assert.ok(before.equals(readFileSync(join(cwd, 's.sqlite'))), 'no unfinished load is in the store');
    assert.equal(linesIn(path).length, 2);
  };
  await refused('other', /\.\.\/r\.jsonl: line 2 names runs\/a\.json, which is not here/);
  mkdirSync(join(cwd, 'other', 'runs', 'a.json'), { recursive: true });
  await refused('other', /\.\.\/r\.jsonl: line 2 names runs\/a\.json, which cannot be read: EISDIR/);
  rmSync(join(cwd, 'whole.json'));
  const { code, stderr } = await load(cwd, '--from-rejects', 'r.jsonl', '--store', 's.sqlite');
  assert.equal(code, 0, stderr);
  assert.deepEqual(idsIn(join(cwd, 's.sqlite')), ['a', 'b', 'w'], 'a document that is not read may be gone');
});

test('an empty text leaves out a line, a row and a whole document', async (t) => {
  const cwd = tempDirectory(t);
  writeFileSync(join(cwd, 'a.jsonl'), `${record('a')}\n{"id":"b"}\n{"id":"c"}\n`);
  writeFileSync(join(cwd, 'a.csv'), 'id,x\nd,1\ne,1,2\n');
  writeFileSync(join(cwd, 'cut.json'), '{"records":[');
  writeFileSync(join(cwd, 'a.json'), documentOf(record('f')).slice(0, -2));
  const inputs = ['a.jsonl', 'a.csv', 'cut.json', 'a.json'];
  assert.equal((await load(cwd, ...inputs, '--store', 's.sqlite', '--rejects', 'r.jsonl')).code, 3);
  const path = join(cwd, 'r.jsonl');
  const lines = linesIn(path);
  assert.equal(lines.length, 5);
  const mend = (change: (line: Line) => unknown) =>
    writeFileSync(path, lines.map((line) => `${JSON.stringify({ ...line, record: change(line) })}\n`).join(''));
  const again = async () => {
    const { code, stdout, stderr } = await load(cwd, '--from-rejects', 'r.jsonl', '--store', 's.sqlite');
    assert.equal(code, 0, stderr);
    const { records, rejects } = JSON.parse(stdout) as LoadSummary;
    return { records, rejects: rejects.count };
  };
  mend(() => ' ');
  assert.deepEqual(await again(), { records: { read: 0, inserted: 0, rejected: 0 }, rejects: 0 });
  mend(({ file, line }) => (file === 'a.jsonl' && line === 3 ? { id: 'c', type: 't' } : ''));
  assert.deepEqual(await again(), { records: { read: 1, inserted: 1, rejected: 0 }, rejects: 0 });
  assert.deepEqual(idsIn(join(cwd, 's.sqlite')), ['a', 'c']);
});

test('the reject of a row says how it is mended, also when only its cells were', async (t) => {
  const cwd = tempDirectory(t);
  const how = /Mend "record" into \{"id": "\.\.\.", "ensemble": "\.\.\.", "metadata": \{\.\.\.\}\}\./;
  writeFileSync(join(cwd, 'a.csv'), 'id,x\na,1\nb,2,3\nc,"4\n');
  await load(cwd, 'a.csv', '--store', 's.sqlite', '--rejects', 'r.jsonl');
  const path = join(cwd, 'r.jsonl');
  const lines = linesIn(path);
  assert.equal(lines.length, 2);
  for (const { hint } of lines) assert.match(hint ?? '', how);
  const row = lines.find(({ line }) => line === 3);
  assert.match(row?.hint ?? '', /^Is the delimiter "," right\?/);
  writeFileSync(path, `${JSON.stringify({ ...row, record: ['b', '2'] })}\n`);
  const args = ['--from-rejects', 'r.jsonl', '--store', 's.sqlite', '--rejects', 'again.jsonl'];
  assert.equal((await load(cwd, ...args)).code, 3);
  const [again] = linesIn(join(cwd, 'again.jsonl'));
  assert.match(again?.hint ?? '', how);
  assert.deepEqual(again?.record, ['b', '2']);
  writeFileSync(path, `${JSON.stringify({ ...row, record: { id: 'b', metadata: { x: 2 } } })}\n`);
  assert.equal((await load(cwd, ...args)).code, 0);
});

test('a rejects file that is loaded is whole after a kill at any moment', async (t) => {
  const cwd = tempDirectory(t);
  const path = join(cwd, 's.sqlite.rejects.jsonl');
  mkdirSync(join(cwd, 'd'));
  for (let n = 0; n < 300; n++) writeFileSync(join(cwd, 'd', `${n}.json`), documentOf(`{"id":"r${n}"}`));
  await load(cwd, 'd', '--store', 's.sqlite');
  const mended = linesIn(path).map((line, n) => {
    const fixed = n % 10 === 0 ? line.record : { ...(line.record as object), type: 't' };
    return `${JSON.stringify({ ...line, record: fixed })}\n`;
  });
  writeFileSync(path, mended.join(''));
  const args = ['load', '--from-rejects', path, '--store', 's.sqlite', '--if-exists', 'skip', '--batch-size', '10'];
  for (const writes of [1, 3, 9]) {
    let seen = 0;
    const watched = new AbortController();
    const { signal } = await runCli(args, {
      cwd,
      onSpawn: (child) =>
        watch(cwd, watched, (_event, name) => {
          if (name?.startsWith('s.sqlite.rejects.jsonl') && ++seen === writes) child.kill('SIGKILL');
        }),
    });
    watched.abort();
    assert.equal(signal, 'SIGKILL');
    assert.equal(readFileSync(path, 'utf8'), mended.join(''), `after ${writes}`);
  }
  const { code } = await runCli(args, { cwd });
  assert.equal(code, 3);
  assert.equal(linesIn(path).length, 30);
  assert.equal(idsIn(join(cwd, 's.sqlite')).length, 270);
  assert.equal(existsSync(`${path}.new`), false);
});

test('older rejects files are all kept: in any of them something may have been mended', async (t) => {
  const cwd = tempDirectory(t);
  writeFileSync(join(cwd, 'a.json'), '{"records":[{"id":"a"}]}');
  const load = () => runCli(['load', 'a.json', '--store', 's.sqlite'], { cwd });
  const file = join(cwd, 's.sqlite.rejects.jsonl');
  await load();
  writeFileSync(file, readFileSync(file, 'utf8').replace('"record":', '"record":null,"mended":'));
  const mended = readFileSync(file, 'utf8');
  await load();
  await load();
  assert.equal(readFileSync(`${file}.old`, 'utf8'), mended);
  assert.equal(readFileSync(`${file}.old.2`, 'utf8'), readFileSync(file, 'utf8'));
});

test('a rejects file whose only line was cut off is replaced', async (t) => {
  const cwd = tempDirectory(t);
  writeFileSync(join(cwd, 'a.json'), documentOf('{"id":"a"}'));
  for (const torn of ['{"fi', '{"file":"a.json","li']) {
    writeFileSync(join(cwd, 's.sqlite.rejects.jsonl'), torn);
    assert.equal((await load(cwd, 'a.json', '--store', 's.sqlite')).code, 3, torn);
    assert.equal(linesIn(join(cwd, 's.sqlite.rejects.jsonl')).length, 1);
  }
});

test('as many lines of one file as no call could take as its arguments', async (t) => {
  const cwd = tempDirectory(t);
  const file = join(cwd, 'lines.jsonl');
  const count = 300_000;
  writeFileSync(file, '{}\n'.repeat(count));
  const line = (n: number) =>
    `${JSON.stringify({ file, line: n + 1, offset: 3 * n, pointer: '', code: 'ERR_RECORD', record: { id: `r${n}`, type: 't' } })}\n`;
  const fromRejects = join(cwd, 'mended.jsonl');
  writeFileSync(fromRejects, Array.from({ length: count }, (_, n) => line(n)).join(''));
  const source = new RejectsSource({ fromRejects, batchSize: 1000 }, () => assert.fail('nothing is read'));
  const { chunks } = await source.plan();
  assert.equal(
    [...chunks].reduce((sum, { lines }) => sum + lines.length, 0),
    count,
  );
});
