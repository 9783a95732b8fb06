import { counted } from './report/format.js';
import type { Calls, TrialKey, TrialResult } from './results.js';

/** Of calls: the part that was given up; 0 of none. */
export function gaveUpShare({ done, gaveUp }: Calls): number {
  return gaveUp === 0 ? 0 : gaveUp / (done + gaveUp);
}

/** Processes x workers. */
export function contendersOf({ processes, workers }: Pick<TrialKey, 'processes' | 'workers'>): number {
  return processes * workers;
}

/** `14 %`, `0.3 %`, `less than 0.1 %`: at most one decimal. */
export function percentText(share: number): string {
  const percent = share * 100;
  if (percent > 0 && percent < 0.05) return 'less than 0.1 %';
  return `${percent < 9.95 ? Number(percent.toFixed(1)) : Math.round(percent)} %`;
}

/** `4 workers`, `2 processes of 4 workers each`. */
export function crewText({ processes, workers }: Pick<TrialKey, 'processes' | 'workers'>): string {
  return processes === 1
    ? counted(workers, 'worker')
    : `${counted(processes, 'process', 'processes')} of ${counted(workers, 'worker')} each`;
}

/** Two digits after the point; small ones get two digits that say something. */
export function ratioText(ratio: number): string {
  return ratio < 0.095 ? `${Number(ratio.toPrecision(2))}` : ratio.toFixed(2);
}

/** Whole numbers, but for small ones. */
export function rateText(rate: number): string {
  return rate < 9.95 ? `${Number(rate.toFixed(1))}` : Math.round(rate).toLocaleString('en-US');
}

/** `0.94 of the floor`, or the rate where the floor has none. */
export function speedText({ floorRatio, rate, unit }: Pick<TrialResult, 'floorRatio' | 'rate' | 'unit'>): string {
  if (floorRatio && Number.isFinite(floorRatio.median)) return `${ratioText(floorRatio.median)} of the floor`;
  return `${rateText(rate?.median ?? 0)} ${unit} a second`;
}

/** `0.8 s`, `30 s`, `1:34 minutes`, `40 minutes`, `1:31 hours`. */
export function durationText(seconds: number): string {
  if (seconds < 9.95) return `${Number(seconds.toFixed(1))} s`;
  if (seconds < 59.5) return `${Math.round(seconds)} s`;
  const whole = Math.round(seconds);
  const [large, small, word] = whole < 3600 ? [Math.floor(whole / 60), whole % 60, 'minute'] : [...hoursOf(whole), 'hour'];
  return small === 0 ? counted(large, word) : `${large}:${String(small).padStart(2, '0')} ${word}s`;
}

function hoursOf(seconds: number): [number, number] {
  const minutes = Math.round(seconds / 60);
  return [Math.floor(minutes / 60), minutes % 60];
}

/** The longest wait: `64 ms`, `1.2 s`. */
export function waitText({ waitMs }: Pick<TrialResult, 'waitMs'>): string {
  return waitMs.max < 999.5 ? `${Number(waitMs.max.toPrecision(2))} ms` : durationText(waitMs.max / 1000);
}
