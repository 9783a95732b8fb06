import { hostText, othersText } from '../../support/report.js';
import type { ComparedGroup, Comparison } from '../baseline.js';
import type { Peer } from '../peer/peer.js';
import type { BenchResults, Environment } from '../results.js';
import type { ScalingCurve } from '../scaling.js';
import { count, counted, duration, figure, percent, range, ratio } from './format.js';
import type { PublishedRow } from './groups.js';

/** How much was measured: `3 rounds of 1 s a trial, seed 7, 2:05 min in all`. */
export function sizeText({ rounds, size, seed, seconds, interrupted }: BenchResults): string {
  const each = lengthText(size);
  const end = interrupted ? '; interrupted: what was not whole is left out' : '';
  return `${counted(rounds, 'round')} of ${each}, seed ${seed}, ${duration(seconds)} in all${end}`;
}

function lengthText(size: BenchResults['size']): string {
  if ('job' in size) return "Kosh's scaling job";
  return `${'seconds' in size ? `${size.seconds} s` : counted(size.records, 'record')} a trial`;
}

/** The machine, the disk and the engine. */
export function environmentText(environment: Environment): string {
  return hostText(environment, engineText(environment)).replace('\n', ' ');
}

/** `SQLite 3.53.2 (journal mode delete, synchronous full)`. */
export function engineText({ engine, engineVersion, journalMode, synchronous }: Environment): string {
  const settings = [
    ...(journalMode === null ? [] : [`journal mode ${journalMode}`]),
    ...(synchronous === null ? [] : [`synchronous ${synchronous}`]),
  ];
  return `${engine} ${engineVersion}${settings.length > 0 ? ` (${settings.join(', ')})` : ''}`;
}

/** How far the figures can be trusted; undefined where no round is whole. */
export function othersLine({ trials }: BenchResults): string | undefined {
  return trials.some(({ runs }) => runs.length > 0) ? othersText(trials) : undefined;
}

/** `RFileLock, 2 processes`. */
export function curveName({ strategy, processes }: ScalingCurve): string {
  return `${strategy}, ${counted(processes, 'process', 'processes')}`;
}

/** What a curve says about how many are enough. */
export function curveText({ points, fit }: ScalingCurve): string {
  if (fit === undefined) {
    return `${counted(points.length, 'point')}: too few for a fit, which needs three`;
  }
  const { lambda, sigma, kappa, error, best, enough } = fit;
  const peak = best === null ? 'each one more helps a little' : `the best is ${count(best)}`;
  return (
    `${counted(enough, 'contender')} ${enough === 1 ? 'is' : 'are'} enough, ${peak} ` +
    `(contention ${figure(sigma)}, coherency ${figure(kappa)}, one alone ${figure(lambda)}/s, fit off by ${percent(error)})`
  );
}

/** What the real Kosh did. */
export function peerText({ name, rate, floorRatio, faults }: Peer): string {
  if (faults.length > 0 || rate === undefined) return `${name}: ${faults.join('; ') || 'nothing was measured'}`;
  const spread = range(rate);
  const ofFloor = floorRatio === undefined ? '' : `, ${ratio(floorRatio.median)} of the floor`;
  return `${name}: ${figure(rate.median)} records/s${spread && ` (${spread})`}${ofFloor}`;
}

/** A job's time beside the published one. */
export function publishedText({ seconds, published }: PublishedRow): string {
  const own = seconds === undefined ? 'faulty' : duration(seconds);
  if (published === undefined) return `${own}, nothing published`;
  const faster = seconds === undefined ? '' : `, ${timesFaster({ seconds, published })}`;
  return `${own}, published ${duration(published)}${faster}`;
}

/** `12 x as fast`. */
export function timesFaster({ seconds, published }: { readonly seconds: number; readonly published: number }): string {
  return `${figure(published / seconds)} x as fast`;
}

/** Whether a group became slower, with what the test says. */
export function groupText({ ratio: speed, p, smallestP, isSlower, trials }: ComparedGroup, { alpha }: Comparison): string {
  const means = isSlower ? 'SLOWER than allowed' : smallestP > alpha ? 'too few rounds to tell' : 'not slower than allowed';
  return `${ratio(speed)} of the saved speed over ${counted(trials.length, 'trial')}: ${means} (p ${pText(p)})`;
}

/** A probability: `0.012`, `<0.001`. */
export function pText(p: number): string {
  return p < 0.001 ? '<0.001' : p.toFixed(3);
}

/** What the comparison is with. */
export function comparisonTitle({ file, date, allowed }: Comparison): string {
  return `Compared with ${file} of ${date.slice(0, 10)}; ${allowed} % slower is allowed`;
}
