import { AttributeTemplate } from '../records/attribute-template.js';
import { datasetType, inheritedAttributes } from '../records/kosh.js';
import type { EnsembleView } from '../records/kosh-rules.js';
import type { Rows } from '../records/types.js';
import { type Shard, stretchOf } from './shard.js';
import type { Chunk, Done, Place, Plan, PreparedRelationship, Source, SourceContext, Unit } from './source.js';

export interface GeneratedOptions {
  readonly ensembles: number;
  /** Datasets of each ensemble. */
  readonly datasets: number;
  /** Attributes of each ensemble and of each dataset. */
  readonly attributes: number;
  /** Put before every id. */
  readonly prefix: string;
  readonly batchSize: number;
  readonly workers: number;
  /** Only this part of the ensembles, with their datasets. */
  readonly shard?: Shard | undefined;
}

const firstChunk = 250;

/** Ensembles, or datasets, `from` up to but not including `to`. Dataset n belongs to ensemble n / datasets. */
export interface GeneratedChunk extends Chunk {
  readonly part: 'ensembles' | 'datasets';
  readonly from: number;
  readonly to: number;
}

/**
 * Ensembles and datasets with the names and values of Kosh's notebook on thread safety: `ensemble_3_dataset_7` has
 * `dataset_att_k = dataset_7_attributes_k` and inherits `ensemble_att_k = ensemble_3_attributes_k`.
 */
export class GeneratedSource implements Source<GeneratedChunk> {
  readonly #options: GeneratedOptions;
  readonly #context: () => SourceContext;

  /** `context` is asked when the first unit is made: planning needs no store. */
  constructor(options: GeneratedOptions, context: () => SourceContext) {
    this.#options = options;
    this.#context = context;
  }

  async plan(done?: Done): Promise<Plan<GeneratedChunk>> {
    const { ensembles, datasets, workers } = this.#options;
    const planOf = (records: number, chunks: Iterable<GeneratedChunk>) => ({ weight: records, records, width: workers, chunks });
    if (done && done.size > 0) {
      const chunks = [...this.#chunks()].filter((chunk) => !done.has(placeOf(chunk).key));
      return planOf(
        chunks.reduce((sum, { weight }) => sum + weight, 0),
        chunks,
      );
    }
    const { from, to } = this.#stretch(ensembles);
    return planOf((to - from) * (1 + datasets), this.#chunks());
  }

  /** No unit of this source says that it should come again. */
  again(chunks: readonly GeneratedChunk[]): Iterable<GeneratedChunk> {
    return chunks;
  }

  *#chunks(): Generator<GeneratedChunk> {
    const { ensembles, datasets, batchSize, workers } = this.#options;
    const { from, to } = this.#stretch(ensembles);
    const total = (to - from) * datasets;
    // An ensemble is in the store before its members: their relationship refers to it.
    yield* ranges({ part: 'ensembles', stage: 0, from, to, step: 1, most: batchSize });
    // Whole ensembles where they fit: their ids come one after the other in the store's order of keys, so that the indexes grow at their end.
    const step = to - from >= workers && datasets <= batchSize ? datasets : 1;
    const most = Math.min(batchSize, Math.ceil(total / workers));
    yield* ranges({ part: 'datasets', stage: 1, from: from * datasets, to: to * datasets, step, most });
  }

  #stretch(total: number) {
    return stretchOf(this.#options.shard ?? { index: 1, count: 1 }, total);
  }

  async *units(chunk: GeneratedChunk): AsyncGenerator<Unit> {
    const { part, from, to } = chunk;
    const make = new Maker(this.#options, this.#context());
    const place = placeOf(chunk);
    for (let n = from; n < to; n++) yield { ...(part === 'ensembles' ? make.ensemble(n) : make.dataset(n)), place };
  }
}

/** A chunk is one place: what is generated has no content to change, so that its digest is empty. */
function placeOf({ part, from, to }: GeneratedChunk): Place {
  return { key: `${part}@${from}-${to}`, digest: () => '' };
}

interface RangeOptions extends Pick<GeneratedChunk, 'part' | 'stage' | 'from' | 'to'> {
  /** Chunks end at a multiple of this, but for the first one. */
  readonly step: number;
  readonly most: number;
}

/** The first ones are small, so that the first transaction is not long in coming while all others wait for it. */
function* ranges({ part, stage, from: first, to: last, step, most }: RangeOptions): Generator<GeneratedChunk> {
  let size = Math.min(most, firstChunk);
  let from = first;
  while (from < last) {
    const end = from + size;
    const to = Math.min(end - first < step ? end : end - ((end - first) % step), last);
    yield { stage, weight: to - from, part, from, to };
    from = to;
    size = Math.min(most, size * 2);
    // Behind a first chunk that is less than a step: the rest of the step.
    if ((from - first) % step !== 0) size = Math.max(size, step - ((from - first) % step));
  }
}

/** Makes the units of one chunk. */
class Maker {
  readonly #options: GeneratedOptions;
  readonly #context: SourceContext;
  readonly #ensembles: AttributeTemplate;
  readonly #datasets: AttributeTemplate;
  readonly #numbers: readonly number[];
  /** The ensemble of the dataset that was made last: datasets come ensemble by ensemble. */
  #view: { n: number; ensemble: EnsembleView; values: readonly string[] } | undefined;

  constructor(options: GeneratedOptions, context: SourceContext) {
    this.#options = options;
    this.#context = context;
    this.#numbers = Array.from({ length: options.attributes }, (_, k) => k);
    const own = (kind: string) => [...this.#numbers.map((k) => `${kind}_att_${k}`), 'creator', 'name'];
    // Kosh adds what a member inherits by name, behind what it has on its own.
    this.#ensembles = new AttributeTemplate(context.info.ensemblesType, own('ensemble'));
    this.#datasets = new AttributeTemplate(datasetType, [...own('dataset'), ...this.#inherited().keys()]);
  }

  ensemble(n: number): Unit {
    const id = this.#ensembleId(n);
    const values = [...this.#values('ensemble', n), this.#context.creator, 'Unnamed Ensemble'];
    return unit(id, this.#context.info.ensemblesType, this.#ensembles.rows(id, values), []);
  }

  dataset(n: number): Unit {
    const { datasets } = this.#options;
    const { ensemble, values: inherited } = this.#viewOf(Math.floor(n / datasets));
    const id = `${ensemble.id}_dataset_${n % datasets}`;
    const values = [...this.#values('dataset', n % datasets), this.#context.creator, 'Unnamed Dataset', ...inherited];
    const member = { subject: id, predicate: this.#context.info.ensemblePredicate, object: ensemble.id, pointer: '' };
    return { ...unit(id, datasetType, this.#datasets.rows(id, values), [member]), ensembles: [ensemble] };
  }

  #viewOf(n: number) {
    if (this.#view?.n !== n) {
      const attributes = this.#inherited(n);
      this.#view = { n, ensemble: { id: this.#ensembleId(n), attributes }, values: [...attributes.values()] };
    }
    return this.#view;
  }

  /** The attributes of an ensemble by name, as its members take them over. */
  #inherited(n = 0): Map<string, string> {
    const values = this.#values('ensemble', n);
    return inheritedAttributes(new Map(values.map((value, k) => [`ensemble_att_${k}`, value]))) as Map<string, string>;
  }

  #values(kind: 'ensemble' | 'dataset', n: number): string[] {
    return this.#numbers.map((k) => `${kind}_${n}_attributes_${k}`);
  }

  #ensembleId(n: number): string {
    return `${this.#options.prefix}ensemble_${n}`;
  }
}

function unit(id: string, type: string, rows: Rows, relationships: readonly PreparedRelationship[]): Unit {
  return {
    file: null,
    content: {
      records: [{ id, type, rows, pointer: '' }],
      relationships,
      rejects: [],
      read: { records: 1, relationships: relationships.length },
    },
  };
}
