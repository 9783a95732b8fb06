import { build, decodeFromCompressedBase64, encodeIntoCompressedBase64, type Histogram } from 'hdr-histogram-js';
import type { Distribution } from './results.js';

/** The longest time that is told apart from longer ones: an hour. */
const longestUs = 3_600_000_000;

/** Many times in milliseconds, kept as a histogram of whole microseconds with three significant digits. */
export class Times {
  readonly #histogram: Histogram = build({
    bitBucketSize: 32,
    numberOfSignificantValueDigits: 3,
    highestTrackableValue: longestUs,
  });

  /** All times of several distributions together. */
  static merged(distributions: readonly Pick<Distribution, 'histogram'>[]): Times {
    const times = new Times();
    for (const { histogram } of distributions) {
      if (histogram !== '') times.#histogram.add(decodeFromCompressedBase64(histogram, 32));
    }
    return times;
  }

  add(ms: number): void {
    this.#histogram.recordValue(Math.min(longestUs, Math.max(0, Math.round(ms * 1000))));
  }

  distribution(): Distribution {
    const histogram = this.#histogram;
    const count = histogram.totalCount;
    if (count === 0) return { count, mean: 0, p50: 0, p90: 0, p95: 0, p99: 0, p999: 0, max: 0, histogram: '' };
    const max = histogram.maxValue / 1000;
    // A bucket is named by its greatest value, which can be beyond the maximum.
    const ms = (percentile: number) => Math.min(max, histogram.getValueAtPercentile(percentile) / 1000);
    return {
      count,
      mean: Math.round(histogram.mean) / 1000,
      p50: ms(50),
      p90: ms(90),
      p95: ms(95),
      p99: ms(99),
      p999: ms(99.9),
      max,
      histogram: encodeIntoCompressedBase64(histogram),
    };
  }
}
