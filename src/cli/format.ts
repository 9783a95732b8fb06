/** `1234567.8` -> `1,234,568`. */
export function count(value: number): string {
  return Math.round(value).toLocaleString('en-US');
}

/** `1 record`, `2,000 records`, `0 records`. */
export function counted(value: number, singular: string, plural = `${singular}s`): string {
  return `${count(value)} ${value === 1 ? singular : plural}`;
}

/** `4,096 B`, `12.3 kB`, `1.2 MB`. */
export function bytes(value: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  const power = Math.min(units.length - 1, value < 10_000 ? 0 : Math.floor(Math.log10(value) / 3));
  const shown = value / 1000 ** power;
  return `${power === 0 ? count(shown) : shown.toFixed(1)} ${units[power]}`;
}

/** Milliseconds with three significant digits below a hundred: `0.04 ms`, `1.23 ms`, `45.6 ms`, `1,234 ms`. */
export function milliseconds(value: number): string {
  const digits = value >= 100 ? 0 : value >= 10 ? 1 : 2;
  return `${value.toLocaleString('en-US', { minimumFractionDigits: digits, maximumFractionDigits: digits })} ms`;
}

/** A duration: `0.12 s`, `12.3 s`, `2 min 05 s`, `1 h 02 min`. */
export function duration(seconds: number): string {
  if (seconds < 9.995) return `${seconds.toFixed(2)} s`;
  if (seconds < 59.95) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${pad(whole % 60)} s`;
  const minutes = Math.round(whole / 60);
  return `${count(Math.floor(minutes / 60))} h ${pad(minutes % 60)} min`;
}

/** A duration that runs down, in whole seconds: `0:07`, `1:40`, `1:02:05`. */
export function clock(seconds: number): string {
  const whole = Math.ceil(seconds);
  const minutes = Math.floor(whole / 60);
  const rest = pad(whole % 60);
  return minutes < 60 ? `${minutes}:${rest}` : `${Math.floor(minutes / 60)}:${pad(minutes % 60)}:${rest}`;
}

function pad(value: number): string {
  return String(value).padStart(2, '0');
}
