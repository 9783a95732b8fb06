/** What is loaded. */
export interface Job {
  readonly name: string;
  readonly title: string;
  /** Keys of `ingest.config.json`; inputs are in the folder above that of the trial. */
  readonly flags: Readonly<Record<string, unknown>>;
  /** The key of what was made for it; undefined: it is generated. */
  readonly input?: 'documents' | 'jsonl' | 'csv' | 'shortJsonl';
  readonly workers: readonly number[];
  /** Whether it is measured without its journal as well. */
  readonly journalCost: boolean;
  /** Rounds for each one that is asked for: a load of minutes varies less than one of seconds, and a cost of a few per cent is seen in many rounds. */
  readonly roundsFactor: number;
}

/** What a bench makes before it begins. */
export interface Sizes {
  readonly documents: number;
  readonly lineBytes: number;
  /** Of the JSON Lines with which the cost of the journal is measured. */
  readonly shortBytes: number;
}

export const fullSizes: Sizes = { documents: 10_000, lineBytes: 300e6, shortBytes: 30e6 };
export const quickSizes: Sizes = { documents: 1000, lineBytes: 5e6, shortBytes: 2e6 };

export function jobsOf({ documents, lineBytes, shortBytes }: Sizes): readonly Job[] {
  const size = (bytes: number) => `${bytes / 1e6} MB`;
  return [
    {
      name: `${documents.toLocaleString('en-US')} documents`,
      title: 'documents of one record: 10 data, a curve set of 2 x 20 points, a file',
      flags: { inputs: ['../documents'] },
      input: 'documents',
      workers: [1, 2],
      journalCost: true,
      roundsFactor: 3,
    },
    {
      name: `JSON Lines, ${size(lineBytes)}`,
      title: 'the same records, one a line',
      flags: { inputs: ['../lines.jsonl'] },
      input: 'jsonl',
      workers: [1, 2],
      journalCost: false,
      roundsFactor: 1 / 5,
    },
    {
      name: `CSV, ${size(lineBytes)}`,
      title: 'datasets of 8 numbers, a text and 2 lists of 40 numbers, one a row',
      flags: { inputs: ['../rows.csv'] },
      input: 'csv',
      workers: [1, 2],
      journalCost: false,
      roundsFactor: 1 / 5,
    },
    {
      name: `JSON Lines, ${size(shortBytes)}`,
      title: 'the cost of the journal on lines',
      flags: { inputs: ['../short.jsonl'] },
      input: 'shortJsonl',
      workers: [2],
      journalCost: true,
      roundsFactor: 3,
    },
    {
      name: 'notebook 10 x 1000',
      title: 'the cost of the journal on generated records',
      flags: { ensembles: 10, datasets: 1000, attributes: 10 },
      workers: [2],
      journalCost: true,
      roundsFactor: 6,
    },
  ];
}
