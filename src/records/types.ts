/** A value of a datum. Booleans are indexed as 1 and 0; null and an empty list are kept in `raw` only. */
export type DatumValue = number | string | boolean | null | (number | boolean)[] | string[];

export interface Datum {
  value: DatumValue;
  units?: string | null;
  tags?: string[] | null;
}

export interface Curve {
  value: number[];
  units?: string | null;
  tags?: string[] | null;
}

export interface CurveSet {
  independent: Record<string, Curve>;
  dependent: Record<string, Curve>;
  independent_order?: string[];
  dependent_order?: string[];
  tags?: string[] | null;
}

export interface FileInfo {
  mimetype?: string | null;
  tags?: string[] | null;
}

export interface LibraryData {
  [library: string]: { data?: Record<string, Datum>; curve_sets?: Record<string, CurveSet>; library_data?: LibraryData };
}

/** A validated record: the sections that are indexed, and the text that is kept. */
export interface SinaRecord {
  readonly id: string;
  readonly type: string;
  /** What goes into `Record.raw`: compact JSON in which every value stands as it was written. */
  readonly raw: string;
  readonly data: Readonly<Record<string, Datum>>;
  readonly curve_sets: Readonly<Record<string, CurveSet>>;
  readonly library_data: Readonly<LibraryData>;
  readonly files: Readonly<Record<string, FileInfo>>;
}

/** A relationship between two records, by their ids: "subject predicate object". */
export interface Relationship {
  readonly subject: string;
  readonly predicate: string;
  readonly object: string;
}

/**
 * The members of a JSON object as they stand in the source: keys (decoded) in order, and the compact JSON text of each value.
 * Keeps what `JSON.parse` loses: integers beyond 2^53, `-0.0`, `1.0`, the order of keys such as "10" and "2".
 */
export type Members = ReadonlyMap<string, string>;

/** The rows of one record: for each insert of {@link inserts} its values, one row after the other. */
export type Rows = Partial<Record<InsertName, SqlValue[]>>;
export type SqlValue = string | number | null;
export type InsertName = keyof typeof inserts;

/**
 * The inserts that records are made of: table and columns. Tables whose last columns are mostly NULL (tags, units, mimetype) have
 * a short form without them: rows bind fewer values, which measured a quarter faster.
 */
export const inserts = {
  record: { table: 'Record', columns: ['id', 'type', 'raw'] },
  scalar: { table: 'ScalarData', columns: ['id', 'name', 'value'] },
  scalarFull: { table: 'ScalarData', columns: ['id', 'name', 'value', 'tags', 'units'] },
  string: { table: 'StringData', columns: ['id', 'name', 'value'] },
  stringFull: { table: 'StringData', columns: ['id', 'name', 'value', 'tags', 'units'] },
  scalarList: { table: 'ListScalarData', columns: ['id', 'name', 'min', 'max'] },
  scalarListFull: { table: 'ListScalarData', columns: ['id', 'name', 'min', 'max', 'tags', 'units'] },
  stringList: { table: 'ListStringDataMaster', columns: ['id', 'name', 'tags', 'units'] },
  stringListEntry: { table: 'ListStringDataEntry', columns: ['id', 'name', 'index', 'value'] },
  curveSet: { table: 'CurveSetMeta', columns: ['name', 'id', 'tags'] },
  document: { table: 'Document', columns: ['id', 'uri', 'mimetype', 'tags'] },
  relationship: { table: 'Relationship', columns: ['subject_id', 'object_id', 'predicate'] },
} as const;

/** Why a record or a relationship is refused, and where: `pointer` is a JSON pointer (RFC 6901) inside the record or relationship. */
export interface Problem {
  readonly code: import('../errors.js').ErrorCode;
  readonly pointer: string;
  readonly message: string;
  readonly found?: string;
  readonly expected?: string;
}
