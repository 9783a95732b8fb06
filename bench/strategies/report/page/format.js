// @ts-check

/**
 * As `figure` of ../format.ts, so that a drawing and its table write a number alike.
 * @param {number} value
 * @returns {string}
 */
export function figure(value) {
  if (!Number.isFinite(value)) return '-';
  if (value === 0) return '0';
  const size = Math.abs(value);
  const digits = size >= 99.95 ? 0 : size >= 9.995 ? 1 : size >= 0.9995 ? 2 : 3;
  return value.toLocaleString('en-US', { minimumFractionDigits: digits, maximumFractionDigits: digits });
}

/**
 * As `percent` of ../format.ts.
 * @param {number} share
 * @returns {string}
 */
export function percent(share) {
  const value = share * 100;
  if (value === 0) return '0 %';
  if (value < 0.05) return '<0.1 %';
  return `${value < 9.95 ? value.toFixed(1) : value.toFixed(0)} %`;
}

/**
 * As `duration` of ../format.ts.
 * @param {number} seconds
 * @returns {string}
 */
export function duration(seconds) {
  if (seconds < 59.95) return `${figure(seconds)} s`;
  const whole = Math.round(seconds);
  return `${Math.floor(whole / 60).toLocaleString('en-US')}:${String(whole % 60).padStart(2, '0')} min`;
}

/**
 * A number at an axis: no digits that say nothing.
 * @param {number} value
 * @returns {string}
 */
export function tick(value) {
  return value.toLocaleString('en-US', { maximumSignificantDigits: 6 });
}
