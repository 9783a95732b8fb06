import type { Spread } from '../../support/statistics.js';

/** Three significant digits, all digits of what is larger: `0.127`, `1.23`, `45.6`, `1,234`. `page/format.js` writes the same in the charts. */
export function figure(value: number): string {
  if (!Number.isFinite(value)) return '-';
  if (value === 0) return '0';
  const size = Math.abs(value);
  const digits = size >= 99.95 ? 0 : size >= 9.995 ? 1 : size >= 0.9995 ? 2 : 3;
  return value.toLocaleString('en-US', { minimumFractionDigits: digits, maximumFractionDigits: digits });
}

/** The same in at most six characters: `123k`, `1.23M`, for a table that has little room. */
export function shortFigure(value: number): string {
  if (value >= 999_500) return `${figure(value / 1e6)}M`;
  return value >= 99_999.5 ? `${figure(value / 1e3)}k` : figure(value);
}

/** A whole number with its thousands apart. */
export function count(value: number): string {
  return Math.round(value).toLocaleString('en-US');
}

/** `1 record`, `2,000 records`. */
export function counted(value: number, singular: string, plural = `${singular}s`): string {
  return `${count(value)} ${value === 1 ? singular : plural}`;
}

/** What something is of the floor: `0.94`. */
export function ratio(value: number): string {
  return Number.isFinite(value) ? value.toFixed(2) : '-';
}

/** A share as percent: `0 %`, `<0.1 %`, `1.4 %`, `14 %`. */
export function percent(share: number): string {
  if (!Number.isFinite(share)) return '-';
  const value = share * 100;
  if (value === 0) return '0 %';
  if (value < 0.05) return '<0.1 %';
  return `${value < 9.95 ? value.toFixed(1) : value.toFixed(0)} %`;
}

/** `12.3 s`, `4:05 min`. */
export function duration(seconds: number): string {
  if (seconds < 59.95) return `${figure(seconds)} s`;
  const whole = Math.round(seconds);
  return `${count(Math.floor(whole / 60))}:${String(whole % 60).padStart(2, '0')} min`;
}

/** `980 to 1,310`; nothing where there was one round only. */
export function range({ min, max }: Spread, text: (value: number) => string = figure): string {
  return min === max ? '' : `${text(min)} to ${text(max)}`;
}

/** Numbers by name: `SQLITE_BUSY 12, ERR_TIMEOUT 1`; `none` without any. */
export function byCode(counts: Readonly<Record<string, number>>): string {
  const known = Object.entries(counts).filter(([, times]) => times > 0);
  return known.length === 0 ? 'none' : known.map(([code, times]) => `${code} ${count(times)}`).join(', ');
}
