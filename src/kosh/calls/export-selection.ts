import { IngestError } from '../../errors.js';
import type { StoreInfo } from '../../records/kosh.js';
import { quoted } from '../../records/problems.js';
import type { FoundRecord, Reader, RecordQuery, StoredRecord } from '../../stores/connection.js';
import { draftOf, isDatasetType, membersOf, pageSize, pagesOf, storedHolder } from './stored.js';

/** What is exported: the records for which all that is given holds. Without any of it all datasets, ensembles and files. */
export interface ExportFilter {
  /** A dataset or an ensemble with all that belongs to it: its members, and the files of all of them. */
  readonly of?: string | undefined;
  /** Ensembles, with all that belongs to them. */
  readonly ensembles?: readonly string[] | undefined;
  /** Types of record. Also those that are left out otherwise: users, and what else the store has for itself. */
  readonly types?: readonly string[] | undefined;
  readonly ids?: readonly string[] | undefined;
}

/** The records that are exported, page by page. */
export interface Selection {
  /** Single records, whose ensembles are not looked for. */
  readonly isSingle: boolean;
  /** Ids, each once; some may be of nothing. Whoever reads these records calls {@link note} with each before the next page. */
  pages(): AsyncGenerator<readonly string[]>;
  /** Whether a record of a page is exported. */
  takes(record: StoredRecord): boolean;
  note(record: StoredRecord): void;
  /** Those of the ids that are exported; once all pages have been read. */
  among(ids: readonly string[]): Promise<ReadonlySet<string>>;
}

/**
 * Looks whether there is what a filter names. Throws `ERR_RECORD_NOT_FOUND` for an id that is not there, `ERR_EXPORT` for an ensemble that is none, and
 * `ERR_USAGE` for one record with all that belongs to it that is neither a dataset nor an ensemble.
 */
export async function selectionOf(reader: Reader, filter: ExportFilter, info: StoreInfo): Promise<Selection> {
  const { of, ensembles, types, ids } = filter;
  if (ids) await assertThere(reader, ids);
  if (of !== undefined) {
    const { type } = await storedHolder(reader, of, info);
    return new Belongings(reader, { roots: [of], ensembles: isDatasetType(type, info) ? [] : [of], filter, info });
  }
  if (ensembles) {
    const roots = [...new Set(ensembles)];
    await assertEnsembles(reader, roots, info);
    return new Belongings(reader, { roots, ensembles: roots, filter, info });
  }
  return new Matches(reader, types ? { types: { in: types }, ids } : ids ? { ids } : shared(info));
}

/** Datasets, ensembles and files: what users and the store itself are is the other store's own. */
function shared(info: StoreInfo): RecordQuery {
  const own = [info.ensemblesType, info.sourcesType];
  return { types: { notIn: info.reservedTypes.filter((type) => !own.includes(type)) } };
}

async function assertThere(reader: Reader, ids: readonly string[]): Promise<void> {
  const there = await reader.existingIds(ids);
  const missing = ids.filter((id) => !there.has(id));
  if (missing.length === 0) return;
  const more = missing.length > 5 ? ` and ${missing.length - 5} more` : '';
  throw new IngestError(
    'ERR_RECORD_NOT_FOUND',
    `the store has no record with the id ${missing.slice(0, 5).map(quoted).join(', ')}${more}`,
    {
      hint: 'Nothing was exported.',
    },
  );
}

async function assertEnsembles(reader: Reader, ids: readonly string[], info: StoreInfo): Promise<void> {
  await assertThere(reader, ids);
  for (const { id, type } of (await reader.records(ids)).values()) {
    if (type === info.ensemblesType) continue;
    throw new IngestError('ERR_EXPORT', `${quoted(id)} is not an ensemble`, {
      hint: `It is of the type ${quoted(type)}.`,
    });
  }
}

/** All that a query finds. */
class Matches implements Selection {
  readonly #reader: Reader;
  readonly #query: RecordQuery;
  readonly #ids: ReadonlySet<string> | undefined;

  constructor(reader: Reader, query: RecordQuery) {
    this.#reader = reader;
    this.#query = query;
    this.#ids = query.ids && new Set(query.ids);
  }

  get isSingle(): boolean {
    return this.#ids !== undefined;
  }

  async *pages(): AsyncGenerator<readonly string[]> {
    for await (const page of pagesOf(this.#reader, this.#query)) yield idsOf(page);
  }

  takes(): boolean {
    return true;
  }

  note(): void {}

  async among(ids: readonly string[]): Promise<ReadonlySet<string>> {
    const wanted = ids.filter((id) => this.#ids?.has(id) ?? true);
    const there = new Set<string>();
    for await (const page of pagesOf(this.#reader, { ...this.#query, ids: wanted })) for (const { id } of page) there.add(id);
    return there;
  }
}

interface Whole {
  readonly roots: readonly string[];
  /** Those of the roots that have members. */
  readonly ensembles: readonly string[];
  readonly filter: ExportFilter;
  readonly info: StoreInfo;
}

/** Datasets and ensembles with all that belongs to them. The ids of their files are kept in memory, nothing else. */
class Belongings implements Selection {
  readonly #reader: Reader;
  readonly #whole: Whole;
  readonly #files = new Set<string>();
  readonly #types: ReadonlySet<string> | undefined;
  readonly #ids: ReadonlySet<string> | undefined;

  constructor(reader: Reader, whole: Whole) {
    this.#reader = reader;
    this.#whole = whole;
    const { types, ids } = whole.filter;
    this.#types = types && new Set(types);
    this.#ids = ids && new Set(ids);
  }

  get isSingle(): boolean {
    return this.#ids !== undefined || this.#whole.ensembles.length === 0;
  }

  async *pages(): AsyncGenerator<readonly string[]> {
    const { roots, ensembles, info } = this.#whole;
    yield roots;
    for (const [n, ensemble] of ensembles.entries()) {
      for await (const page of membersOf(this.#reader, ensemble, info)) {
        const before = await this.#belonging(idsOf(page), ensembles.slice(0, n));
        yield idsOf(page).filter((id) => !before.has(id));
      }
    }
    const files = [...this.#files];
    for (let from = 0; from < files.length; from += pageSize) {
      const page = files.slice(from, from + pageSize);
      const before = await this.#belonging(page, ensembles);
      yield page.filter((id) => !before.has(id));
    }
  }

  takes({ id, type }: FoundRecord): boolean {
    return (this.#types?.has(type) ?? true) && (this.#ids?.has(id) ?? true);
  }

  note(record: StoredRecord): void {
    if (this.#files.has(record.id)) return;
    for (const { kosh_id } of draftOf(record).files.values()) if (kosh_id !== undefined) this.#files.add(kosh_id);
  }

  async among(ids: readonly string[]): Promise<ReadonlySet<string>> {
    const { ensembles, filter } = this.#whole;
    const own = await this.#belonging(ids, ensembles);
    const candidates = ids.filter((id) => own.has(id) || this.#files.has(id));
    const there = new Set<string>();
    const query: RecordQuery = { ids: candidates, ...(filter.types ? { types: { in: filter.types } } : {}) };
    for await (const page of pagesOf(this.#reader, query)) {
      for (const { id } of page) if (this.#ids?.has(id) ?? true) there.add(id);
    }
    return there;
  }

  /** Those of the ids that are a root or a member of one of these ensembles. */
  async #belonging(ids: readonly string[], ensembles: readonly string[]): Promise<ReadonlySet<string>> {
    const { roots, info } = this.#whole;
    const found = new Set(ids.filter((id) => roots.includes(id)));
    if (ensembles.length === 0 || ids.length === 0) return found;
    const of = new Set(ensembles);
    for (const { subject, object } of await this.#reader.relationships({ subject: ids, predicate: info.ensemblePredicate })) {
      if (of.has(object)) found.add(subject);
    }
    return found;
  }
}

function idsOf(page: readonly FoundRecord[]): string[] {
  return page.map(({ id }) => id);
}
