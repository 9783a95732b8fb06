/** Says something on stderr that nobody waits for: while something is thrown away, and on the way out. It stands below a progress line, if there is one. */
export function sayOnTheWay(message: string): void {
  process.stderr.write(`${process.stderr.isTTY ? '\n' : ''}kosh-ingest: ${message}\n`);
}
