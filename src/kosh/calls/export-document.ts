import { setImmediate as nextTurn } from 'node:timers/promises';
import type { StoreInfo } from '../../records/kosh.js';
import type { Relationship } from '../../records/types.js';
import type { Reader } from '../../stores/connection.js';
import { type ExportFilter, type Selection, selectionOf } from './export-selection.js';
import { draftOf, pageSize } from './stored.js';

/**
 * `sina`: a Sina document, whole in itself, which Sina ingests and this package imports. `kosh`: the form of Kosh's own exports, with its heading
 * and, for single datasets, with memberships in ensembles that are not part of it. `jsonl`: what `sina` has as JSON Lines, a record a line and behind them a
 * relationship a line.
 */
export type ExportForm = 'sina' | 'kosh' | 'jsonl';

/** The forms that are one JSON document. */
export type DocumentForm = Exclude<ExportForm, 'jsonl'>;

/** What is exported, and how. */
export interface ExportWhat extends ExportFilter {
  readonly form: ExportForm;
}

/** How much a document holds. */
export interface ExportCounts {
  records: number;
  relationships: number;
}

/** What stands around the records and the relationships of a form. */
interface Layout {
  readonly head: (info: StoreInfo) => string;
  readonly first: string;
  readonly next: string;
  readonly between: string;
  readonly end: string;
}

const sinaLayout: Layout = {
  head: () => '{"records":[',
  first: '\n',
  next: ',\n',
  between: '\n],"relationships":[',
  end: '\n]}\n',
};

const layouts: Readonly<Record<ExportForm, Layout>> = {
  sina: sinaLayout,
  kosh: {
    ...sinaLayout,
    head: ({ sourcesType }) =>
      `{"minimum_kosh_version":null,"kosh_version":[3,1],"sources_type":${JSON.stringify(sourcesType)},"records":[`,
  },
  jsonl: { head: () => '', first: '', next: '\n', between: '', end: '\n' },
};

/** The text of an export, piece by piece, as the store is at one moment. Stamps of sessions are left out, as by Kosh. */
export async function* exportText(
  reader: Reader,
  what: ExportWhat,
  {
    info,
    counts,
    signal,
  }: { readonly info: StoreInfo; readonly counts: ExportCounts; readonly signal?: AbortSignal | undefined },
): AsyncGenerator<string> {
  const { form, of, ensembles, ids } = what;
  const layout = layouts[form];
  const isLines = form === 'jsonl';
  const selection = await selectionOf(reader, what, info);
  yield layout.head(info);
  for await (const page of selection.pages()) {
    await goOn(signal);
    const stored = await reader.records(page);
    for (const id of page) {
      const record = stored.get(id);
      if (!record) continue;
      selection.note(record);
      if (!selection.takes(record)) continue;
      const draft = draftOf(record);
      draft.clean();
      // Its text is compact, on one line.
      yield `${counts.records++ === 0 ? layout.first : layout.next}${draft}`;
    }
  }
  yield layout.between;
  const isPart = of !== undefined || ensembles !== undefined || ids !== undefined;
  const isWhole = !(form === 'kosh' && selection.isSingle);
  const found = isPart ? relationshipsOfPart(reader, selection, isWhole) : relationshipsOfAll(reader, selection);
  for await (const page of found) {
    await goOn(signal);
    for (const { subject, predicate, object } of page) {
      const isFirst = counts.relationships++ === 0 && !(isLines && counts.records > 0);
      yield (isFirst ? layout.first : layout.next) + JSON.stringify({ subject, predicate, object });
    }
  }
  if (!isLines || counts.records + counts.relationships > 0) yield layout.end;
}

/** Reading a file takes no turn of the event loop, in which a signal comes. */
async function goOn(signal: AbortSignal | undefined): Promise<void> {
  await nextTurn();
  signal?.throwIfAborted();
}

/** Looks through all relationships: of a store that is exported as a whole, or by types. */
async function* relationshipsOfAll(reader: Reader, selection: Selection): AsyncGenerator<Relationship[]> {
  let page: Relationship[] = [];
  do {
    page = await reader.relationships({}, { after: page.at(-1), limit: pageSize });
    const there = await selection.among([...new Set(page.flatMap(({ subject, object }) => [subject, object]))]);
    yield page.filter(({ subject, object }) => there.has(subject) && there.has(object));
  } while (page.length === pageSize);
}

/** Those that begin at an exported record and, where the export is to be whole, end at one. */
async function* relationshipsOfPart(reader: Reader, selection: Selection, isWhole: boolean): AsyncGenerator<Relationship[]> {
  for await (const ids of selection.pages()) {
    const subject = [...(await selection.among(ids))];
    let page: Relationship[] = [];
    do {
      page = await reader.relationships({ subject }, { after: page.at(-1), limit: pageSize });
      const there = isWhole ? await selection.among([...new Set(page.map(({ object }) => object))]) : undefined;
      yield page.filter(({ object }) => there?.has(object) ?? true);
    } while (page.length === pageSize);
  }
}
