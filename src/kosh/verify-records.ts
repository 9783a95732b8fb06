import { codeOf, messageOf } from '../errors.js';
import { cut } from '../records/compare-json.js';
import type { Row, RowDifference, TableShape } from '../records/compare-rows.js';
import { rawAgainstRows, type TableDifference } from '../records/implied-rows.js';
import type { SqlValue } from '../records/types.js';
import type { StoredRecord } from '../stores/connection.js';
import { tables } from '../stores/schema.js';
import { type Joined, readThrough } from './transact.js';
import { Findings } from './verify-findings.js';

/** The tables of rows that a record's text implies, but for its own. */
const dataTables = tables.filter(({ recordKeys }) => recordKeys.includes('id'));
/** What of its own row the text implies. */
const recordShape: TableShape = { name: 'Record', columns: [{ name: 'id' }, { name: 'type' }], primaryKey: ['id'] };
const shapes: readonly TableShape[] = [recordShape, ...dataTables];

/** The rows of one record by table. */
type RowsByTable = Map<string, Row[]>;

/**
 * Compares the rows that the store has of some records with those that the text of each implies. They are read in one transaction, through the strategy, and
 * compared outside of it. A record that is gone by then is passed over.
 */
export async function verifyRecords(joined: Joined, ids: readonly string[], signal: AbortSignal): Promise<Findings> {
  const read = await readThrough(
    joined,
    async (reader) => {
      const records = await reader.records(ids);
      const rows = new Map<string, SqlValue[][]>();
      for (const table of dataTables) rows.set(table.name, await reader.rowsOf(table, ids));
      return { records, rows };
    },
    { signal },
  );
  const byRecord = rowsByRecord(read.records, read.rows);
  const findings = new Findings();
  for (const record of read.records.values()) verifyRecord(record, byRecord.get(record.id) as RowsByTable, findings);
  return findings;
}

function rowsByRecord(
  records: ReadonlyMap<string, StoredRecord>,
  rows: ReadonlyMap<string, readonly SqlValue[][]>,
): Map<string, RowsByTable> {
  const byRecord = new Map<string, RowsByTable>();
  for (const { id, type } of records.values()) byRecord.set(id, new Map([[recordShape.name, [[id, type]]]]));
  for (const { name, columns } of dataTables) {
    const idAt = columns.findIndex((column) => column.name === 'id');
    for (const row of rows.get(name) ?? []) {
      const own = byRecord.get(row[idAt] as string);
      const list = own?.get(name);
      if (list) list.push(row);
      else own?.set(name, [row]);
    }
  }
  return byRecord;
}

function verifyRecord({ id, raw }: StoredRecord, found: RowsByTable, findings: Findings): void {
  try {
    const result = rawAgainstRows(raw ?? '', shapes, found);
    if (result.ok) {
      if (result.addsUpLibraries) findings.notes.siblingLibraries++;
      for (const difference of result.differences) addRow(findings, id, difference);
      return;
    }
    for (const { pointer, message, found: wrong, expected } of result.problems) {
      findings.add({ kind: 'raw', table: 'Record', id, pointer, found: wrong ?? message, expected: expected ?? null });
    }
  } catch (error) {
    if (codeOf(error) !== 'ERR_NOT_JSON') throw error;
    const wrong = `${messageOf(error)}: ${cut(raw ?? 'NULL')}`;
    findings.add({ kind: 'raw', table: 'Record', id, pointer: '', found: wrong, expected: 'the JSON text of a record' });
  }
}

function addRow(findings: Findings, id: string, { table, pointer, found, expected }: TableDifference): void {
  findings.add({ kind: 'row', table, id, pointer, found: shown(found), expected: shown(expected) });
}

function shown(value: RowDifference['found']): string | null {
  return value === undefined ? null : cut(JSON.stringify(value));
}
