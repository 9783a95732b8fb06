import { isUtf8 } from 'node:buffer';
import type { WrittenValue } from '../records/kosh.js';
import type { Problem } from '../records/types.js';
import type { CsvTable } from './csv-plan.js';
import { type CsvRow, CsvRowScanner, cellsOf } from './csv-rows.js';
import { cellValue } from './csv-types.js';
import { type DatasetParts, datasetDraft } from './dataset-draft.js';
import { refusedPart } from './documents.js';
import type { Draft } from './drafts.js';
import { countLines, type InputFile, placeOf, readRange } from './input-file.js';
import { type LinesOptions, placeOfRange, refuseTooLong } from './json-lines.js';
import type { LineRange } from './line-ranges.js';
import { lineReject, locateIn, mendIntoDataset } from './line-text.js';
import { stableUuid } from './local-ids.js';
import type { Place, Reject } from './source.js';

/** The rows of a range of a delimited file: each a dataset. */
export function* readCsv(file: InputFile, range: LineRange, table: CsvTable, options: LinesOptions): Generator<Draft> {
  const tooLong = refuseTooLong(file, range);
  if (tooLong) {
    yield tooLong;
    return;
  }
  const bytes = readRange(file, range);
  const place = placeOfRange(file.path, range, bytes, JSON.stringify(table));
  const reader = new RowReader({ file, table, place }, options);
  const isSound = isUtf8(bytes);
  const scanner = new CsvRowScanner(bytes, table.delimiter, true);
  const rows = (function* () {
    for (let row = scanner.next(); row; row = scanner.next()) yield row;
  })();
  let { line } = range;
  for (const [row, cells] of cellsOf(bytes, rows, table.delimiter)) {
    const own = { from: range.from + row.from, to: range.from + row.to, line, of: place.key };
    const text = () => bytes.toString('utf8', row.from, row.to);
    if (!isSound && !isUtf8(bytes.subarray(row.from, row.to))) yield reader.notUtf8(own, text());
    else if (!cells) yield reader.unreadable(own, row, text());
    else if (cells.length > 1 || cells[0]?.trim() !== '') yield reader.take(own, cells);
    line += row.isQuoted ? countLines(bytes.subarray(row.from, row.to)) : 1;
  }
}

interface Range {
  readonly file: InputFile;
  readonly table: CsvTable;
  readonly place: Place;
}

class RowReader {
  readonly #file: InputFile;
  readonly #key: string;
  readonly #table: CsvTable;
  /** Of every row, refused ones included: their rejects are in the journal with the rows that were written. */
  readonly #place: Place;
  readonly #options: LinesOptions;

  constructor({ file, table, place }: Range, options: LinesOptions) {
    this.#file = file;
    this.#key = placeOf(file.path);
    this.#table = table;
    this.#place = place;
    this.#options = options;
  }

  take(range: LineRange, cells: readonly string[]): Draft {
    const { columns, id: idColumn, ensemble: ensembleColumn } = this.#table;
    if (cells.length !== columns.length) {
      return this.#refuse(range, JSON.stringify(cells), {
        message: `the row has ${cells.length} cells, the header ${columns.length}`,
        found: `${cells.length} cells`,
        expected: `${columns.length} cells`,
        hint: `Is the delimiter ${JSON.stringify(this.#table.delimiter)} right? A cell with it in it stands in quotes. ${mendIntoDataset}`,
      });
    }
    const metadata = new Map<string, WrittenValue>();
    for (let n = 0; n < columns.length; n++) {
      const { name, kind } = columns[n] as CsvTable['columns'][number];
      const cell = cells[n] as string;
      if (cell !== '' && name !== '' && n !== idColumn && n !== ensembleColumn) metadata.set(name, cellValue(cell, kind));
    }
    const ensemble = cells[ensembleColumn] || undefined;
    const parts = { type: undefined, name: undefined, ensemble, metadata };
    const given = idColumn === -1 ? this.#madeId(range, cells) : (cells[idColumn] as string);
    if (given === '') {
      const column = columns[idColumn]?.name;
      const message = `the row has no id: its cell in the column ${JSON.stringify(column)} is empty`;
      const details = { code: 'ERR_RECORD', pointer: '/id', message, found: 'an empty cell', expected: 'an id' } as const;
      return this.#refuse(range, rowText({ ...parts, id: '' }), details);
    }
    return this.#draft(range, { ...parts, id: given });
  }

  #madeId({ from }: LineRange, cells: readonly string[]): string {
    return stableUuid(this.#key, String(from), ...cells).replaceAll('-', '');
  }

  #draft(range: LineRange, parts: DatasetParts): Draft {
    const place = this.#place;
    const { context, again } = this.#options;
    const line = this.#where(range, parts);
    const refuse = (problems: readonly Problem[], recordId: string) => {
      const content = refusedPart(
        problems.map((problem) => lineReject(line, { ...problem, recordId })),
        1,
      );
      return { file: this.#file.path, place, content };
    };
    const unit = { file: this.#file.path, offset: range.from, place, locate: locateIn(line) };
    return datasetDraft(parts, { unit, refuse, again: () => again(range) }, context);
  }

  /** The text is made only for a row that is refused. */
  #where({ line, from }: LineRange, parts: DatasetParts) {
    const file = this.#file.path;
    return {
      file,
      line,
      offset: from,
      get text() {
        return rowText(parts);
      },
    };
  }

  unreadable(range: LineRange, { fault }: CsvRow, text: string): Draft {
    const message = fault === 'unclosed' ? 'a quote is opened and never closed' : 'the quotes of the row do not match';
    const expected = 'cells in pairs of quotes, a quote in them doubled';
    return this.#refuse(range, text, { message, expected, hint: mendIntoDataset });
  }

  notUtf8(range: LineRange, text: string): Draft {
    return this.#refuse(range, text, { message: 'not valid UTF-8', expected: 'text in UTF-8', hint: mendIntoDataset });
  }

  #refuse({ line, from }: LineRange, text: string, reject: Partial<Reject> & Pick<Reject, 'message'>): Draft {
    const where = { file: this.#file.path, line, offset: from, text };
    const full = lineReject(where, { recordId: null, pointer: '', code: 'ERR_NOT_CSV', ...reject });
    return { unit: { file: this.#file.path, place: this.#place, content: refusedPart([full], 1) }, isKosh: false };
  }
}

/** A row as a line of JSON Lines: what a mended reject is loaded from, without the columns of its file. */
function rowText({ id, ensemble, metadata }: DatasetParts): string {
  const values = [...metadata].map(([name, { text }]) => `${JSON.stringify(name)}:${text}`).join(',');
  const own = ensemble === undefined ? '' : `"ensemble":${JSON.stringify(ensemble)},`;
  return `{${own}"id":${JSON.stringify(id)},"metadata":{${values}}}`;
}
