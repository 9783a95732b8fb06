import { readFileSync } from 'node:fs';
import { findNodeAtLocation, parseTree } from 'jsonc-parser';
import { membersOf, type ParsedRecord, parseRecord } from '../../src/records/parse.js';
import { type RowsResult, rowsOf } from '../../src/records/rows.js';
import type { Members, Problem } from '../../src/records/types.js';
import { fixtures } from './fixtures.js';

/** A file of `test/fixtures/golden`: what the reference was given, and what it made of it. */
export function golden(path: string): URL {
  return new URL(`golden/${path}`, fixtures);
}

interface KoshCase {
  readonly case: string;
  readonly ok: boolean;
  readonly result?: unknown;
}

/** What Kosh answered to a call, from the golden cases. */
export function koshCase(name: string): KoshCase {
  const cases = JSON.parse(readFileSync(golden('kosh/behaviours.json'), 'utf8')) as KoshCase[];
  const found = cases.find((one) => one.case === name);
  if (!found) throw new Error(`no case ${name}`);
  return found;
}

/** The elements of an array at the top of a document, each as it stands in the text. */
export function elementsOf(path: URL, array: 'records' | 'relationships'): Members[] {
  const text = readFileSync(path, 'utf8');
  const root = parseTree(text);
  const list = root && findNodeAtLocation(root, [array]);
  return (list?.children ?? []).map(({ offset, length }) => membersOf(text.slice(offset, offset + length)));
}

/** Parses the text of a record and maps it: the first step that refuses it answers. */
export function mapText(text: string): RowsResult {
  const parsed = parseText(text);
  return parsed.ok ? rowsOf(parsed.record) : parsed;
}

export function parseText(text: string): ParsedRecord {
  return parseRecord(membersOf(text), (localId) => `id of ${localId}`);
}

/** What is wrong with the text of a record; fails when nothing is. */
export function problemsOf(text: string): readonly Problem[] {
  const mapped = mapText(text);
  if (mapped.ok) throw new Error(`accepted: ${text.slice(0, 200)}`);
  return mapped.problems;
}
