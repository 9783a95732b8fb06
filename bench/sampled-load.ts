/**
 * A load that keeps track of when how much of it was done.
 *
 *     node dist/bench/sampled-load.js '{"store": "...", "ensembles": 10, ...}'
 *
 * The argument holds the keys of `ingest.config.json`. Prints one JSON line, a {@link SampledLoad}.
 */
import { loadConfig } from '../src/config/load-config.js';
import { load } from '../src/ingest/load.js';
import type { LoadSummary } from '../src/ingest/summary.js';

export interface SampledLoad {
  readonly summary: LoadSummary;
  /** Share of the work that was done, and milliseconds since the start, each time the share had grown. */
  readonly samples: readonly (readonly [fraction: number, elapsedMs: number])[];
}

const samples: [number, number][] = [[0, 0]];
const config = loadConfig({ flags: JSON.parse(process.argv[2] ?? '{}') as Record<string, unknown> });
const summary = await load(config, {
  onProgress: ({ fraction = 0, elapsedMs }) => {
    const last = samples.at(-1);
    if (last && fraction > last[0]) samples.push([fraction, elapsedMs]);
    // Nothing was done yet: the clock of the first part starts later.
    else if (last && fraction === 0) last[1] = elapsedMs;
  },
});
samples.push([1, summary.seconds * 1000]);
process.stdout.write(`${JSON.stringify({ summary, samples } satisfies SampledLoad)}\n`);
