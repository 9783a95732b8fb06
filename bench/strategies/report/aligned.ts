/** A row of a table on a terminal. */
export interface AlignedRow {
  readonly cells: readonly string[];
  /** Words that stand after the cells instead of more of them. */
  readonly note?: string;
  /** Has a `*` before it. */
  readonly isMarked?: boolean;
}

/** Rows in columns of even width: the first starts at the left, the others end at the right. Closer together when it would be wider than `width`. */
export function alignedLines(rows: readonly AlignedRow[], width: number): string[] {
  const columns = Math.max(...rows.map(({ cells }) => cells.length));
  const widths = Array.from({ length: columns }, (_, i) => Math.max(...rows.map(({ cells }) => (cells[i] ?? '').length)));
  const total = widths.reduce((sum, one) => sum + one, 2);
  const gap = total + 2 * (columns - 1) > width ? ' ' : '  ';
  return rows.flatMap(({ cells, note, isMarked = false }) => {
    const padded = cells.map((cell, i) => (i === 0 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0)));
    const line = `${isMarked ? '*' : ' '} ${padded.join(gap)}`;
    return note === undefined ? [line.trimEnd()] : noteLines(line, note, width);
  });
}

function noteLines(line: string, note: string, width: number): string[] {
  const [first = '', ...others] = wrappedLines(note, width - line.length - 2);
  return [`${line}  ${first}`, ...others.map((other) => `${''.padEnd(line.length + 2)}${other.trim()}`)];
}

/** A paragraph in lines of at most `width`; those after the first stand two columns further in. A longer word is broken. */
export function wrappedLines(paragraph: string, width: number, indent = ''): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of visible(paragraph)
    .split(/\s+/)
    .flatMap((one) => one.match(new RegExp(`.{1,${width - indent.length - 2}}`, 'gu')) ?? [])) {
    const margin = lines.length === 0 ? indent : `${indent}  `;
    const longer = line === '' ? `${margin}${word}` : `${line} ${word}`;
    if (line !== '' && longer.length > width) {
      lines.push(line);
      line = `${indent}  ${word}`;
    } else line = longer;
  }
  return line === '' ? lines : [...lines, line];
}

/** A message of somebody else must not steer the terminal. */
function visible(text: string): string {
  return text.replace(/[^\P{C}\n\t]/gu, '?');
}
