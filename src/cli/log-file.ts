import { closeSync, fstatSync, openSync, readSync, writeSync } from 'node:fs';
import { IngestError, messageOf } from '../errors.js';

/** A log for programs: what happens is appended, one JSON object a line, each with `time` (ISO 8601, UTC), `pid` and `event`. */
export class LogFile {
  readonly #path: string;
  readonly #onFailure: (message: string) => void;
  #file: number | undefined;

  /**
   * @param onFailure told once, when the log cannot be written any more: what is logged goes on
   * @throws IngestError `ERR_USAGE` when the file cannot be opened, or holds something that is no log: an input, the store, anything
   */
  constructor(path: string, onFailure: (message: string) => void) {
    this.#path = path;
    this.#onFailure = onFailure;
    try {
      this.#file = openSync(path, 'a+');
      if (!isLog(this.#file)) throw new Error('this file is there already, and it is no log');
    } catch (cause) {
      this.close();
      throw new IngestError('ERR_USAGE', `--log-file ${path}: ${messageOf(cause)}`, {
        hint: 'Nothing was written. Give the path of a new file, or of an older log, in a folder that is there and that you may write to.',
        cause,
      });
    }
  }

  write(event: string, fields: Readonly<Record<string, unknown>>): void {
    if (this.#file === undefined) return;
    const line = JSON.stringify({ time: new Date().toISOString(), pid: process.pid, event, ...fields });
    try {
      writeSync(this.#file, `${line}\n`);
    } catch (error) {
      this.close();
      this.#onFailure(`the log file ${this.#path} cannot be written any more: ${messageOf(error)}`);
    }
  }

  close(): void {
    if (this.#file !== undefined) closeSync(this.#file);
    this.#file = undefined;
  }
}

/** How a line begins. */
const lineStart = '{"time":"';

/** Whether a file is empty or begins as a log does. What is no regular file (a pipe, a terminal) can be written as it is. */
function isLog(file: number): boolean {
  const info = fstatSync(file);
  if (!info.isFile() || info.size === 0) return true;
  const head = Buffer.alloc(lineStart.length);
  return lineStart.startsWith(head.toString('latin1', 0, readSync(file, head, 0, head.length, 0)));
}
