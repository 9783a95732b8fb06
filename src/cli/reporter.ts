import type { LoadProgress } from '../ingest/summary.js';
import { LogFile } from './log-file.js';
import { ProgressLine, progressText, type Terminal } from './progress.js';

/** How much is said. */
export interface ReporterOptions {
  /** Nothing but errors, on stderr. */
  readonly quiet: boolean;
  /** Also what becomes of each piece of work. */
  readonly verbose: boolean;
  readonly logFile: string | undefined;
}

/** Without a terminal to draw on (a batch job's log): how far the load is, that often. */
const milestoneMs = 30_000;

/** What a command says while it works: on stderr, and everything in the log file. */
export class Reporter implements Disposable {
  readonly #terminal: Terminal;
  readonly #line: ProgressLine;
  readonly #log: LogFile | undefined;
  readonly #options: ReporterOptions;
  #nextMilestoneMs = milestoneMs;

  /** Throws `ERR_USAGE` when the log file cannot be written. */
  constructor(options: ReporterOptions, terminal: Terminal = process.stderr) {
    this.#options = options;
    this.#terminal = terminal;
    this.#line = new ProgressLine(terminal);
    this.#log = options.logFile === undefined ? undefined : new LogFile(options.logFile, (message) => this.#say(message));
  }

  /** Something that the user should know. */
  warn(message: string): void {
    this.event('warning', { message });
    if (!this.#options.quiet) this.#say(message);
  }

  /** Something that only who asks for it wants to know. */
  note(message: string): void {
    if (this.#options.verbose) this.#say(message);
  }

  /** For the log file alone. */
  event(event: string, fields: Readonly<Record<string, unknown>>): void {
    this.#log?.write(event, fields);
  }

  progress(progress: LoadProgress): void {
    if (this.#options.quiet) return;
    if (this.#terminal.isTTY) this.#line.update(progress);
    else if (progress.elapsedMs >= this.#nextMilestoneMs) {
      this.#nextMilestoneMs = progress.elapsedMs + milestoneMs;
      this.#say(progressText(progress).trim());
    }
  }

  #say(message: string): void {
    this.#line.clear();
    this.#terminal.write(`kosh-ingest: ${message}\n`);
  }

  [Symbol.dispose](): void {
    this.#line.clear();
    this.#log?.close();
  }
}
