import { closeSync, openSync, readdirSync, readSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { StringDecoder } from 'node:string_decoder';
import { nowUs, type StressEvent } from './events.js';

/** An event that has not happened yet: its time is added. */
export type Untimed<Event extends StressEvent = StressEvent> = Event extends StressEvent ? Omit<Event, 't'> : never;

const extension = '.jsonl';

/** Writes events, each at once: what was written before a kill -9 is there afterwards. */
export class HistoryWriter {
  readonly #fd: number;

  /** `name` is of one writer alone. */
  constructor(directory: string, name: string) {
    this.#fd = openSync(join(directory, `${name}${extension}`), 'a');
  }

  /** Answers the event with its time. `t` when that was taken before. */
  write<Event extends StressEvent>(event: Untimed<Event>, t = nowUs()): Event {
    const timed = Object.assign({ t }, event, { t }) as unknown as Event;
    writeSync(this.#fd, `${JSON.stringify(timed)}\n`);
    return timed;
  }

  close(): void {
    closeSync(this.#fd);
  }
}

/** All events of a run in order of time, from the files of its writers. A last line that was cut off is passed over. */
export function mergeHistory(directory: string): StressEvent[] {
  const files = readdirSync(directory).filter((name) => name.endsWith(extension));
  return files
    .sort()
    .flatMap((name) => [...eventsOf(join(directory, name))])
    .sort((a, b) => a.t - b.t);
}

/** One file for a whole run. */
export function writeHistory(file: string, events: readonly StressEvent[]): void {
  const fd = openSync(file, 'w');
  try {
    // Some at a time: a long run does not fit into one string.
    for (let from = 0; from < events.length; from += 10_000) {
      const lines = events.slice(from, from + 10_000).map((event) => `${JSON.stringify(event)}\n`);
      writeSync(fd, lines.join(''));
    }
  } finally {
    closeSync(fd);
  }
}

/** What {@link writeHistory} wrote. Throws for a file that is no history, naming the line. */
export function readHistory(file: string): StressEvent[] {
  const events = [...eventsOf(file)];
  if (!events.some(({ e }) => e === 'run')) throw new Error(`${file} is no history of a stress run: it has no event "run"`);
  return events;
}

function* eventsOf(file: string): Generator<StressEvent> {
  let number = 0;
  for (const { line, isWhole } of linesOf(file)) {
    number++;
    const event = parsed(line);
    if (event) yield event;
    else if (isWhole) throw new Error(`${file}, line ${number}, is no event of a history`);
  }
}

function parsed(line: string): StressEvent | undefined {
  try {
    const event = JSON.parse(line) as StressEvent | null;
    return typeof event?.e === 'string' ? event : undefined;
  } catch {
    return undefined;
  }
}

function* linesOf(file: string): Generator<{ readonly line: string; readonly isWhole: boolean }> {
  const fd = openSync(file, 'r');
  try {
    const block = Buffer.alloc(2 ** 20);
    const decoder = new StringDecoder('utf8');
    let rest = '';
    for (let read = readSync(fd, block); read > 0; read = readSync(fd, block)) {
      const lines = (rest + decoder.write(block.subarray(0, read))).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) yield { line, isWhole: true };
    }
    if (rest !== '') yield { line: rest, isWhole: false };
  } finally {
    closeSync(fd);
  }
}
