import type { LoadProgress } from '../ingest/summary.js';
import { count, counted, duration } from './format.js';

/** The slice of a terminal that is used. */
export interface Terminal {
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
  write(text: string): unknown;
}

const redrawMs = 100;
/** Before so much has passed, of the time and of the work, what is left is not told: it would be a guess. */
const leastElapsedMs = 3000;
const leastFraction = 0.02;

/**
 * One line on a terminal that is written over as the work goes on, at most ten times a second; nothing on anything else. It has
 * no colour and no escape sequence: blanks wipe out the line before.
 */
export class ProgressLine {
  readonly #terminal: Terminal;
  readonly #now: () => number;
  #width = 0;
  #drawnAt = Number.NEGATIVE_INFINITY;

  constructor(terminal: Terminal, now: () => number = () => performance.now()) {
    this.#terminal = terminal;
    this.#now = now;
  }

  update(progress: LoadProgress): void {
    this.show(() => progressText(progress));
  }

  /** The same for any line. */
  show(text: () => string): void {
    if (!this.#terminal.isTTY || this.#now() - this.#drawnAt < redrawMs) return;
    this.#drawnAt = this.#now();
    // A line that fills the last column wraps on some terminals and cannot be written over any more.
    const line = text().slice(0, (this.#terminal.columns || 80) - 1);
    this.#terminal.write(`\r${line.padEnd(this.#width)}`);
    this.#width = line.length;
  }

  /** Takes the line away, before anything else is written. */
  clear(): void {
    if (this.#width === 0) return;
    this.#terminal.write(`\r${' '.repeat(this.#width)}\r`);
    this.#width = 0;
  }
}

/** ` 45%  45,200 records  12,300/s  5 s left`. */
export function progressText({ recordsDone, rejected, fraction, elapsedMs, wait }: LoadProgress): string {
  const parts = [
    fraction === undefined ? 'planning' : `${String(Math.floor(fraction * 100)).padStart(3)}%`,
    counted(recordsDone, 'record'),
  ];
  if (elapsedMs > 0) parts.push(`${count((recordsDone * 1000) / elapsedMs)}/s`);
  if (rejected > 0) parts.push(`${count(rejected)} rejected`);
  if (wait) parts.push(`waiting ${Math.round(wait.seconds)} s for ${wait.for}`);
  else if (fraction !== undefined && fraction >= leastFraction && elapsedMs >= leastElapsedMs)
    parts.push(`${timeLeft((elapsedMs * (1 - fraction)) / fraction / 1000)} left`);
  return parts.join('  ');
}

/** Whole seconds: an estimate has no decimals. */
function timeLeft(seconds: number): string {
  return seconds < 60 ? `${Math.ceil(seconds)} s` : duration(seconds);
}
