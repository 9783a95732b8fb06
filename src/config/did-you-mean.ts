/** Letters and digits only, so that `num_tries` and `--num-tries` are as near to `numTries` as can be. */
function bare(text: string): string {
  return text.toLowerCase().replace(/[^a-z0-9]/g, '');
}

/** The edits (insert, delete, replace, swap neighbours) between two texts. */
function distance(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row++) {
    const current = [row];
    for (let column = 1; column <= b.length; column++) {
      const same = a[row - 1] === b[column - 1];
      const swapped = row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1];
      current[column] = Math.min(
        at(last, column) + 1,
        at(current, column - 1) + 1,
        at(last, column - 1) + (same ? 0 : 1),
        swapped ? at(beforeLast, column - 2) + 1 : Number.POSITIVE_INFINITY,
      );
    }
    beforeLast = last;
    last = current;
  }
  return at(last, b.length);
}

function at(row: readonly number[], column: number): number {
  return row[column] ?? Number.POSITIVE_INFINITY;
}

/** The known name that a mistyped one is nearest to, or undefined when none is near (more than a third of it is different). */
export function nearest<K extends string>(mistyped: string, known: readonly K[]): K | undefined {
  const typed = bare(mistyped).slice(0, 64);
  let best: { readonly name: K; readonly edits: number } | undefined;
  for (const name of known) {
    const edits = distance(typed, bare(name));
    const allowed = Math.max(1, Math.floor(Math.max(typed.length, bare(name).length) / 3));
    if (edits <= allowed && (best === undefined || edits < best.edits)) best = { name, edits };
  }
  return best?.name;
}

/** A hint: the nearest name as `show` writes it, else `otherwise`. */
export function didYouMean<K extends string>(
  mistyped: string,
  known: readonly K[],
  otherwise: string,
  show: (name: K) => string = (name) => name,
): string {
  const name = nearest(mistyped, known);
  return name === undefined ? otherwise : `did you mean ${show(name)}?`;
}
