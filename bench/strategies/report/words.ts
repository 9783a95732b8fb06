import { hostText, othersText } from '../../support/report.js';
import type { Peer } from '../peer/peer.js';
import type { BenchResults, Environment } from '../results.js';
import { count, counted, duration, figure, range, ratio } from './format.js';
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

/** Said before anything else where the strategies were made bad on purpose. */
export function controlText({ control }: BenchResults): string | undefined {
  if (control === undefined) return undefined;
  return `CONTROL RUN (${control}): the strategies are broken on purpose; use none of these figures.`;
}

/** What "floor" means: said once where the figures are. */
export function floorText({ engine }: Environment): string {
  const loop = engine === 'SQLite' ? 'SQLite' : 'SQL';
  return `floor: a bare single-threaded ${loop} loop that does the same work; 1.00 is as fast as it`;
}

/** How durable the floor's work is; nothing of a server, where the bench sets neither. */
export function durableText({ engine }: Environment): string {
  return engine === 'SQLite' ? ' with the same journal mode and synchronous' : '';
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

/** How far the figures can be trusted; undefined where no round is whole, and where the verdict says it already. */
export function othersLine({ trials, verdict }: BenchResults): string | undefined {
  if (verdict.lines.some((line) => line.startsWith('The machine was busy'))) return undefined;
  return trials.some(({ runs }) => runs.length > 0) ? othersText(trials) : undefined;
}

/** What the real Kosh did. */
export function peerText({ name, rate, floorRatio, faults }: Peer): string {
  if (faults.length > 0 || rate === undefined) return `${name}: ${faults.join('; ') || 'nothing was measured'}`;
  const ofFloor = floorRatio === undefined ? '' : `, ${ratio(floorRatio.median)} of the floor`;
  return `${name}: ${rateWithRange(rate, 'records/s')}${ofFloor}`;
}

/** `118 records/s (109 to 122)`. */
export function rateWithRange(rate: NonNullable<Peer['rate']>, unit = ''): string {
  const spread = range(rate);
  return `${figure(rate.median)}${unit && ` ${unit}`}${spread && ` (${spread})`}`;
}

/** A job's time beside the published one. */
export function publishedText({ seconds, published }: PublishedRow): string {
  const own = seconds === undefined ? 'faulty' : duration(seconds);
  return published === undefined ? `${own}, nothing published` : `${own}, published ${duration(published)}`;
}

/** What the published times are good for. */
export const publishedCaveat = "Kosh's runs also wrote curves and files, on another machine: an order of magnitude, no speed-up.";

/** Of how many samples a percentile is made at least: said where percentiles are shown. */
export const percentileNote = `p99 is shown from ${count(100)} samples on, p99.9 from ${count(1000)}`;
