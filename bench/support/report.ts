import type { Host, Machine } from './machine.js';
import type { Measure } from './measure.js';
import { spreadOf } from './statistics.js';

export function machineText(machine: Machine): string {
  return hostText(machine, `SQLite ${machine.sqlite}`);
}

/** `engine` is what keeps the stores, with its version. */
export function hostText({ cpu, cores, memoryBytes, system, node, fileSystem, syncMs, date }: Host, engine: string): string {
  return [
    `${date.slice(0, 10)}, ${cores} cores of ${cpu}, ${(memoryBytes / 1e9).toFixed(0)} GB, ${system}, Node ${node}, ${engine},`,
    `${fileSystem} (writing 4 KiB and fdatasync: ${syncMs.toFixed(2)} ms).`,
  ].join('\n');
}

/** How far the times can be trusted. */
export function othersText(trials: readonly { readonly runs: readonly Pick<Measure, 'otherCores'>[] }[]): string {
  const { median, max } = spreadOf(trials.flatMap(({ runs }) => runs.map((run) => run.otherCores)));
  return `Other processes kept ${median.toFixed(2)} cores busy meanwhile (median; at most ${max.toFixed(2)}).`;
}

/** A Markdown table with columns of even width; numbers end at the right. */
export function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [header, ...rows];
  const widths = header.map((_, i) => Math.max(3, ...lines.map((line) => (line[i] ?? '').length)));
  const isText = header.map((_, i) => i === 0 && rows.some((row) => !/^[\d.,]*$/.test(row[i] ?? '')));
  const cells = (line: readonly string[]) =>
    widths.map((width, i) => (isText[i] ? (line[i] ?? '').padEnd(width) : (line[i] ?? '').padStart(width)));
  const rule = widths.map((width, i) => (isText[i] ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`));
  return [cells(header), rule, ...rows.map(cells)].map((line) => `| ${line.join(' | ')} |`).join('\n');
}

/** A paragraph in lines of a width that is readable as text too. */
export function wrapped(paragraph: string): string {
  return paragraph.replace(/(.{1,150})(?: |$)/g, '$1\n').trimEnd();
}

export function times(speed: number | undefined): string {
  return speed === undefined ? '' : `${speed.toFixed(2)} x`;
}

export function megabytes(bytes: number): string {
  return number(Math.round(bytes / 1e6));
}

export function number(value: number): string {
  return value.toLocaleString('en-US');
}

export function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
