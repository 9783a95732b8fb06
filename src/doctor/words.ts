import { count, figure } from '../../bench/strategies/report/format.js';

const units = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'] as const;

/** `1500` -> `1.50 kB`. */
export function bytesText(bytes: number): string {
  const power = Math.min(units.length - 1, Math.floor(Math.log10(Math.max(bytes, 1)) / 3));
  return `${power === 0 ? count(bytes) : figure(bytes / 1000 ** power)} ${units[power]}`;
}

/** A time that has passed: `3 s`, `5 min`, `2 h`, `4 days`. */
export function ageText(seconds: number): string {
  if (seconds < 90) return `${count(seconds)} s`;
  if (seconds < 5400) return `${count(seconds / 60)} min`;
  return seconds < 172_800 ? `${count(seconds / 3600)} h` : `${count(seconds / 86_400)} days`;
}
